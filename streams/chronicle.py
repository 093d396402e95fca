"""The last changes of each video, numbered: what a creator's history and event stream are read from.

Numbers rise within a partition, so those of a creator are in the order in which the changes were published.
They are state like any other: the next owner of the partition goes on after them.
"""

from streams import keys
from streams.domain.change import Change
from streams.domain.video import Video
from streams.runtime.table import Table

KEPT = 50
"""How many changes of a video are kept."""

TAKEN_BACK = 1_000_000
"""More changes than a crash takes back at least once (docs/decisions/031). Streams may have told of them, and
who resumes from the number of one would miss the change that has it now: so none is given again.
"""

BY_CLOCK = 1_000
"""More changes than a partition makes in a millisecond. Who takes over goes on from the time, if that is
later: an owner that died before anything of its own was stored left no other trace of the numbers it gave.
"""

LAST = b"\0"
"""Key of the partition's last number; beside it, by creator, stands the last number that was dropped."""


class Chronicle:
    """Tables: `changes` by creator and number, `numbers` as `LAST` says."""

    def __init__(self, changes: Table[Change], numbers: Table[int]) -> None:
        self._changes = changes
        self._numbers = numbers
        self._goes_on = False

    def add(self, creator_id: str, video: Video, change: Change) -> None:
        """Remember a change of `video`; the caller puts the video, which knows the number then."""
        number = self._next(change.processed_at)
        self._changes.append(keys.numbered(creator_id, number), change)
        video.history.append(number)
        if len(video.history) > KEPT:
            self._drop(creator_id, video.history.pop(0))

    def _next(self, now: int) -> int:
        last = self._numbers.get(LAST) or 0
        if last and not self._goes_on:
            last = max(last + TAKEN_BACK, now * BY_CLOCK)
        self._goes_on = True
        self._numbers.put(LAST, last + 1)
        return last + 1

    def _drop(self, creator_id: str, number: int) -> None:
        self._changes.delete(keys.numbered(creator_id, number))
        creator = creator_id.encode()
        if number > (self._numbers.get(creator) or 0):
            self._numbers.put(creator, number)
