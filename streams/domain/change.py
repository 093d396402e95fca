"""A change of a video as it is remembered: what caused it, and what became of which link."""

from collections.abc import Sequence

from msgspec import Struct

from streams.domain.facts import Fact
from streams.domain.status import Counts, LinkStatus


class Move(Struct, frozen=True, array_like=True, gc=False):
    """One link before and after: None where the video did not have it."""

    before: LinkStatus | None
    after: LinkStatus | None

    @property
    def product_id(self) -> str:
        """The link's product."""
        link = self.after or self.before
        assert link is not None
        return link.product_id

    @property
    def added(self) -> list[str]:
        """The issues that came, in their order."""
        return _beyond(self.after, self.before)

    @property
    def removed(self) -> list[str]:
        """The issues that went, in their order."""
        return _beyond(self.before, self.after)


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
    # Nearly always the links are the same ones, and all but one are the very objects that they were.
    if len(before) == len(after):
        changed = [
            pair for pair in zip(before, after, strict=True) if pair[0] is not pair[1] and pair[0] != pair[1]
        ]
        if all(old.product_id == new.product_id for old, new in changed):
            return tuple([Move(old, new) for old, new in changed])
    return tuple(_moves_of_others(before, after))


def _moves_of_others(before: Sequence[LinkStatus], after: Sequence[LinkStatus]) -> list[Move]:
    """The same for links that came, went, or changed places."""
    known = {link.product_id: link for link in before}
    kept = {link.product_id for link in after}
    moved = [Move(known.get(link.product_id), link) for link in after if known.get(link.product_id) != link]
    return moved + [Move(link, None) for link in before if link.product_id not in kept]


def issues_added(moved: Sequence[Move]) -> list[LinkIssue]:
    """The issues that came, in the order of links."""
    return [LinkIssue(move.product_id, code) for move in moved for code in move.added]


def issues_removed(moved: Sequence[Move]) -> list[LinkIssue]:
    """The issues that went, in the order of links."""
    return [LinkIssue(move.product_id, code) for move in moved for code in move.removed]


def _beyond(these: LinkStatus | None, those: LinkStatus | None) -> list[str]:
    if these is None or (those is not None and these.issues == those.issues):
        return []
    return [code for code in these.issues if those is None or code not in those.issues]
