"""The links and timers of the partitions that a worker has, counted exactly, without a scan while it folds.

A partition that was taken over is walked through once as it was committed, in the order of keys, some hundred
at a time. What batches change meanwhile counts where the walk has been already; where it has not it will be
found as it is then. Afterwards the batches alone keep the numbers.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Generic, TypeVar

from streams.domain.video import Video
from streams.folded import Folded
from streams.metrics.tally import Tally, only
from streams.runtime.step import StepContext
from streams.runtime.table import Table

T = TypeVar("T")

# As many as take about a millisecond.
_AT_ONCE = 300
_END = b"\xff" * 9


class Walk(Generic[T]):
    """A walk through a table."""

    def __init__(self, table: Table[T]) -> None:
        self._table = table
        self._from = b""
        self.up_to = b""
        self.complete = False

    def next(self) -> list[tuple[bytes, T]]:
        """The next entries, which `up_to` includes then."""
        found = list(self._table.stored(self._from, _END, _AT_ONCE))
        self.complete = len(found) < _AT_ONCE
        if found:
            self.up_to = found[-1][0]
            self._from = self.up_to + b"\0"
        return found

    def passed(self, keys: Sequence[bytes]) -> int:
        """How many of `keys` it has been past."""
        return len(keys) if self.complete else sum(key <= self.up_to for key in keys)


class Count:
    """The numbers of one partition."""

    def __init__(self, tables: Mapping[str, Table[object]], folded: Folded) -> None:
        self._folded = folded
        folded.remembers = True
        self.tally = Tally()
        self.timers = 0
        self._videos: Walk[Video] = Walk(tables["videos"])  # type: ignore[arg-type]
        self._timers = Walk(tables["timers"])

    @property
    def complete(self) -> bool:
        """Whether all is counted."""
        return self._videos.complete and self._timers.complete

    def go_on(self) -> None:
        """Count some more."""
        if not self._timers.complete:
            self.timers += len(self._timers.next())
            return
        found = self._videos.next()
        self._folded.remembers = not self._videos.complete
        for _, video in found:
            if video.registration is not None:
                self.tally.add(video.marks, video.registration.occurred_at)

    def finished(self) -> None:
        """A batch is durable: count what it changed."""
        folded = self._folded
        self.tally.change(folded if self._videos.complete else only(folded, self._videos.up_to))
        self.timers += self._timers.passed(folded.timers_came) - self._timers.passed(folded.timers_went)


class Census:
    """The partitions of the step by creator."""

    def __init__(self) -> None:
        self._counts: dict[int, Count] = {}

    def begin(self, context: StepContext, folded: Folded) -> None:
        """A partition's step was built, which tells by `folded`: its state may be another one than before."""
        self._counts[context.partition] = Count(context.tables, folded)

    def finished(self, partition: int) -> None:
        """A batch is durable: count what it changed."""
        self._counts[partition].finished()

    def keep(self, partitions: Collection[int]) -> None:
        """Forget all but these partitions."""
        self._counts = {number: count for number, count in self._counts.items() if number in partitions}

    async def walk(self) -> None:
        """Count all partitions to their end. May be cancelled, and called again."""
        while self.uncounted:
            self.step()
            await asyncio.sleep(0)

    def step(self) -> None:
        """Count a little more, if anything is uncounted."""
        count = next((count for count in self._counts.values() if not count.complete), None)
        if count is not None:
            count.go_on()

    @property
    def uncounted(self) -> int:
        """Partitions that are not counted to their end."""
        return sum(not count.complete for count in self._counts.values())

    @property
    def links(self) -> Counter[str]:
        """Links by status."""
        return _sum([count.tally.links for count in self._complete()])

    @property
    def issues(self) -> Counter[str]:
        """Links by issue."""
        return _sum([count.tally.issues for count in self._complete()])

    @property
    def reviews(self) -> Counter[int]:
        """Links in review by the hour (since the epoch) in which their video was posted."""
        return _sum([count.tally.reviews for count in self._complete()])

    @property
    def timers(self) -> int:
        """Timers that wait."""
        return sum(count.timers for count in self._complete())

    def _complete(self) -> list[Count]:
        return [count for count in self._counts.values() if count.complete]


def _sum(counters: list[Counter[T]]) -> Counter[T]:
    total: Counter[T] = Counter()
    for counter in counters:
        total.update(counter)
    return total
