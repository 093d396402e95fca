"""What a step says of what it folded, for those who count."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from streams.domain.change import Change, LinkIssue
from streams.domain.facts import Fact
from streams.domain.status import Counts

HOUR_MS = 3_600_000

Changed = tuple[bytes, Fact, Change, int, Sequence[LinkIssue], Sequence[LinkIssue]]
"""The arguments of `Folded.change`."""

_NOTHING = Counts(0, 0)


class Reposted(NamedTuple):
    """An earlier registration took over: so many links in review date from `posted_at` now."""

    key: bytes
    replaced: int
    posted_at: int
    in_review: int


@dataclass(slots=True)
class Folded:
    """What a step made of all that it was given, until `clear`; who counts a batch clears it."""

    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Events, by full topic name and type."""

    links: int = 0
    """How many more (or fewer) links there are."""

    need_attention: int = 0
    """How many more (or fewer) of them need attention."""

    issues: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    """How many more (or fewer) links have an issue."""

    reviews: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    """How many more (or fewer) links are in review, by the hour since the epoch of their video's posting."""

    reposted: list[Reposted] = field(default_factory=list)
    timers_came: list[bytes] = field(default_factory=list)
    timers_went: list[bytes] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)

    remembers: bool = False
    """Whether `changed` is kept: for who must know which videos changed."""

    def change(
        self,
        key: bytes,
        registration: Fact,
        change: Change,
        links: int,
        added: Sequence[LinkIssue],
        removed: Sequence[LinkIssue],
    ) -> None:
        """A video changed: it has so many `links` more, and issues were `added` and `removed`.

        Done for each change, so it takes what is at hand, and counts nothing that is nought.
        """
        before, after = change.before or _NOTHING, change.after or _NOTHING
        if before.in_review != after.in_review:
            self.reviews[registration.occurred_at // HOUR_MS] += after.in_review - before.in_review
        for issue in added:
            self.issues[issue.code] += 1
        for issue in removed:
            self.issues[issue.code] -= 1
        if before.need_attention != after.need_attention:
            self.need_attention += after.need_attention - before.need_attention
        if links:
            self.links += links
        if self.remembers:
            self.changed.append((key, registration, change, links, added, removed))

    def clear(self) -> None:
        """Begin anew."""
        self.links = self.need_attention = 0
        for told in (
            self.taken, self.issues, self.reviews, self.reposted,
            self.timers_came, self.timers_went, self.changed,
        ):  # fmt: skip
            told.clear()
