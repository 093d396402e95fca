"""What a step says of what it folded last, for those who count."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from streams.domain.change import Change

Changed = tuple[bytes, int, Change]
"""Key of a video, when it was posted (epoch milliseconds), and what became of it."""


class Reposted(NamedTuple):
    """An earlier registration took over: so many links in review date from `posted_at` now."""

    key: bytes
    replaced: int
    posted_at: int
    in_review: int


class Folded(NamedTuple):
    """Events taken, by full topic name and type; videos that changed; timers that came (1) or went (-1)."""

    taken: Mapping[tuple[str, str], int]
    changed: Sequence[Changed] = ()
    reposted: Sequence[Reposted] = ()
    timers: Sequence[tuple[bytes, int]] = ()


def joined(parts: Sequence[Folded]) -> Folded:
    """What several pieces of a batch add up to."""
    if len(parts) == 1:
        return parts[0]
    taken: Counter[tuple[str, str]] = Counter()
    for part in parts:
        taken.update(part.taken)
    return Folded(
        taken,
        [changed for part in parts for changed in part.changed],
        [reposted for part in parts for reposted in part.reposted],
        [timer for part in parts for timer in part.timers],
    )
