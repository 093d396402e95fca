"""The fold as our runtime runs it: events in, how many links of a video are in which state."""

from typing import Literal

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

    def take(self, event: LinksPosted | Fact) -> None:
        """Fold one event in."""
        if isinstance(event, LinksPosted):
            for product_id in event.product_ids:
                if product_id not in self.links:
                    self.links[product_id] = _NEW.copy()
                    self.review += 1
            return
        link = self.links.get(event.product_id)
        if link is not None:
            before = _judge(link)
            _set(link, event)
            after = _judge(link)
            if after != before:
                self._move(before, after)

    def _move(self, before: int, after: int) -> None:
        self.attention += (after == _ATTENTION) - (before == _ATTENTION)
        self.review += (after == _REVIEW) - (before == _REVIEW)


def _set(link: Link, event: Fact) -> None:
    facet, value = _facet(event)
    if event.event_time >= link[facet + 1]:
        link[facet] = value
        link[facet + 1] = event.event_time


def _facet(event: Fact) -> tuple[int, int]:
    kind = type(event)
    if kind is SellerDecision:
        return _DECISION, 1 if event.decision == "approved" else 2  # type: ignore[union-attr]
    if kind is Inventory:
        return _STOCK, 1 if event.quantity > 0 else 2  # type: ignore[union-attr]
    if kind is Moderation:
        return _MODERATION, 1 if event.verdict == "approved" else 2  # type: ignore[union-attr]
    return _INVITE, 1


def _judge(link: Link) -> int:
    decision, _, expired, _, stock, _, verdict, _ = link
    if verdict == 2 or decision == 2 or expired or stock == 2:
        return _ATTENTION
    return _FINE if decision and verdict else _REVIEW
