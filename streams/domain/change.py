"""A change of a video as it is remembered: what caused it, and what became of which link."""

from collections.abc import Sequence

from msgspec import Struct

from streams.domain.facts import Fact
from streams.domain.issues import codes
from streams.domain.status import Counts, LinkStatus


class Move(Struct, frozen=True, array_like=True, gc=False):
    """The mark of one link before and after (streams/domain/issues.py); None: the video did not have it."""

    product_id: str
    before: int | None
    after: int | None

    @property
    def added(self) -> tuple[str, ...]:
        """The issues that came, in their order."""
        return codes((self.after or 0) & ~(self.before or 0))

    @property
    def removed(self) -> tuple[str, ...]:
        """The issues that went, in their order."""
        return codes((self.before or 0) & ~(self.after or 0))


class LinkIssue(Struct, frozen=True, gc=False):
    """An issue of one link."""

    product_id: str
    code: str


class Change(Struct, frozen=True, array_like=True, gc=False):
    """One version of a video; `before` is None at first, `after` when deleted. Times are in epoch ms."""

    video_id: str
    version: int
    fact: Fact
    occurred_at: int
    processed_at: int
    before: Counts | None
    after: Counts | None
    moves: tuple[Move, ...]


def moves(before: Sequence[LinkStatus], after: Sequence[LinkStatus]) -> tuple[Move, ...]:
    """The links that differ, in the order of `after`; those that are gone come last."""
    known = {link.product_id: link.mark for link in before}
    kept = {link.product_id for link in after}
    moved = [
        Move(link.product_id, known.get(link.product_id), link.mark)
        for link in after
        if known.get(link.product_id) != link.mark
    ]
    gone = [Move(link.product_id, link.mark, None) for link in before if link.product_id not in kept]
    return (*moved, *gone)


def issues_added(moved: Sequence[Move]) -> list[LinkIssue]:
    """The issues that came, in the order of links."""
    return [LinkIssue(move.product_id, code) for move in moved for code in move.added]


def issues_removed(moved: Sequence[Move]) -> list[LinkIssue]:
    """The issues that went, in the order of links."""
    return [LinkIssue(move.product_id, code) for move in moved for code in move.removed]
