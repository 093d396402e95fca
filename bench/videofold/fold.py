"""The fold as our runtime runs it: events in, how many links of a video are in which state."""

from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct
from msgspec.json import Decoder

_DECISION, _INVITE, _STOCK, _MODERATION = 0, 2, 4, 6
# Of each link: decision, its time, expired, its time, stock, its time, verdict, its time.
Link = list[int]
_NEW: Link = [0, 0, 0, 0, 1, 0, 0, 0]
_FINE, _ATTENTION, _REVIEW = 0, 1, 2


class Event(Struct, tag_field="type", gc=False):
    """What all events have in common."""

    video_id: str
    event_time: int


class LinksPosted(Event, tag="links_posted", gc=False):
    """A video and its products."""

    product_ids: list[str]


class SellerDecision(Event, tag="seller_decision", gc=False):
    """Kept as 1 approved, 2 rejected."""

    product_id: str
    decision: Literal["approved", "rejected"]


class InviteExpired(Event, tag="invite_expired", gc=False):
    """Kept as 1."""

    product_id: str


class Inventory(Event, tag="inventory", gc=False):
    """Kept as 1 in stock, 2 out of it."""

    product_id: str
    quantity: int


class Moderation(Event, tag="moderation", gc=False):
    """Kept as 1 approved, 2 a violation."""

    product_id: str
    verdict: Literal["approved", "violation"]


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
        if link is None:
            return None
        facet, value = _READ[type(event)](event)
        if event.event_time < link[facet + 1]:
            return None
        link[facet + 1] = event.event_time
        # Most facts say what is known, and leave the link as it was judged.
        return None if link[facet] == value else self._set(link, facet, value)

    def _post(self, product_ids: list[str]) -> Counts | None:
        counts = self.counts
        for product_id in product_ids:
            if product_id not in self.links:
                self.links[product_id] = _NEW.copy()
                self.review += 1
        return counts if self.counts != counts else None

    def _set(self, link: Link, facet: int, value: int) -> Counts | None:
        counts, before = self.counts, _judge(link)
        link[facet] = value
        after = _judge(link)
        if after == before:
            return None
        self.attention += (after == _ATTENTION) - (before == _ATTENTION)
        self.review += (after == _REVIEW) - (before == _REVIEW)
        return counts


_READ: dict[type[Event], Callable[[Any], tuple[int, int]]] = {
    SellerDecision: lambda event: (_DECISION, 1 if event.decision == "approved" else 2),
    InviteExpired: lambda event: (_INVITE, 1),
    Inventory: lambda event: (_STOCK, 1 if event.quantity > 0 else 2),
    Moderation: lambda event: (_MODERATION, 1 if event.verdict == "approved" else 2),
}
"""Which facet of a link an event is about, and its value."""


def _judge(link: Link) -> int:
    decision, _, expired, _, stock, _, verdict, _ = link
    if verdict == 2 or decision == 2 or expired or stock == 2:
        return _ATTENTION
    return _FINE if decision and verdict else _REVIEW
