"""What a step says of what it folded, for those who count."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from streams.domain.change import Change
from streams.domain.facts import Fact

HOUR_MS = 3_600_000

Changed = tuple[bytes, Fact, Change]
"""Key of a video, its registration, and what became of it."""

Verdict = str | tuple[str, ...]
"""The issues of a link, or its status when it has none: that says it all."""


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

    links: defaultdict[Verdict, int] = field(default_factory=lambda: defaultdict(int))
    """How many more (or fewer) links have a verdict."""

    reviews: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    """How many more (or fewer) links are in review, by the hour since the epoch of their video's posting."""

    reposted: list[Reposted] = field(default_factory=list)
    timers_came: list[bytes] = field(default_factory=list)
    timers_went: list[bytes] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)

    remembers: bool = False
    """Whether `changed` is kept: for who must know which videos changed."""

    def change(self, key: bytes, registration: Fact, change: Change) -> None:
        """A video changed. Done for each change, so it touches nothing that is not at hand already."""
        links = self.links
        for move in change.moves:
            was, now = move.before, move.after
            if was:
                links[was.issues or was.status] -= 1
            if now:
                links[now.issues or now.status] += 1
        before, after = change.before, change.after
        more = (after.in_review if after else 0) - (before.in_review if before else 0)
        if more:
            self.reviews[registration.occurred_at // HOUR_MS] += more
        if self.remembers:
            self.changed.append((key, registration, change))

    def clear(self) -> None:
        """Begin anew."""
        for told in (
            self.taken, self.links, self.reviews, self.reposted,
            self.timers_came, self.timers_went, self.changed,
        ):  # fmt: skip
            told.clear()
