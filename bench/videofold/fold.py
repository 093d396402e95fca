"""The fold as our runtime runs it: events in, how many links of a video are in which state."""

from typing import Literal

from msgspec import Struct
from msgspec.json import Decoder

_YES, _NO = 1, 2
_FINE, _ATTENTION, _REVIEW = 0, 1, 2


class Link(Struct, array_like=True, gc=False):
    """What was said of a link, 0 for nothing, and when. `state` is kept, since few events change it."""

    approved: int = 0
    decided_at: int = 0
    expired: int = 0
    expired_at: int = 0
    in_stock: int = _YES
    counted_at: int = 0
    allowed: int = 0
    judged_at: int = 0
    state: int = _REVIEW


class Event(Struct, tag_field="type", gc=False):
    """What all events have in common."""

    video_id: str
    event_time: int


class LinksPosted(Event, tag="links_posted", gc=False):
    """A video and its products."""

    product_ids: list[str]


class SellerDecision(Event, tag="seller_decision", gc=False):
    """As the facts below, it tells a link, and returns whether that knew otherwise."""

    product_id: str
    decision: Literal["approved", "rejected"]

    def tell(self, link: Link) -> bool:
        if self.event_time < link.decided_at:
            return False
        known, link.approved = link.approved, _YES if self.decision == "approved" else _NO
        link.decided_at = self.event_time
        return link.approved != known


class InviteExpired(Event, tag="invite_expired", gc=False):
    """An invite came to its end."""

    product_id: str

    def tell(self, link: Link) -> bool:
        if self.event_time < link.expired_at:
            return False
        known, link.expired = link.expired, _YES
        link.expired_at = self.event_time
        return not known


class Inventory(Event, tag="inventory", gc=False):
    """How many there are."""

    product_id: str
    quantity: int

    def tell(self, link: Link) -> bool:
        if self.event_time < link.counted_at:
            return False
        known, link.in_stock = link.in_stock, _YES if self.quantity > 0 else _NO
        link.counted_at = self.event_time
        return link.in_stock != known


class Moderation(Event, tag="moderation", gc=False):
    """What moderators say."""

    product_id: str
    verdict: Literal["approved", "violation"]

    def tell(self, link: Link) -> bool:
        if self.event_time < link.judged_at:
            return False
        known, link.allowed = link.allowed, _YES if self.verdict == "approved" else _NO
        link.judged_at = self.event_time
        return link.allowed != known


Fact = SellerDecision | InviteExpired | Inventory | Moderation
decode = Decoder(LinksPosted | Fact).decode

Counts = tuple[int, int]
"""Links that need attention, and links in review."""


class Video(Struct, array_like=True, gc=False):
    """The state: links by product, and how many of them are in which state."""

    links: dict[str, Link]
    attention: int = 0
    review: int = 0

    @property
    def counts(self) -> Counts:
        """Links that need attention, and links in review."""
        return self.attention, self.review

    def take(self, event: LinksPosted | Fact) -> Counts | None:
        """Fold one event in; returns the counts that there were before, if they are others now."""
        if isinstance(event, LinksPosted):
            return self._post(event.product_ids)
        link = self.links.get(event.product_id)
        return self._judge(link) if link is not None and event.tell(link) else None

    def _post(self, product_ids: list[str]) -> Counts | None:
        counts = self.counts
        for product_id in product_ids:
            if product_id not in self.links:
                self.links[product_id] = Link()
                self.review += 1
        return counts if self.counts != counts else None

    def _judge(self, link: Link) -> Counts | None:
        before, after = link.state, _state_of(link)
        if after == before:
            return None
        counts, link.state = self.counts, after
        self.attention += (after == _ATTENTION) - (before == _ATTENTION)
        self.review += (after == _REVIEW) - (before == _REVIEW)
        return counts


def _state_of(link: Link) -> int:
    if link.allowed == _NO or link.approved == _NO or link.expired or link.in_stock == _NO:
        return _ATTENTION
    return _FINE if link.approved and link.allowed else _REVIEW
