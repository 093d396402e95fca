"""What was fetched for one task and waits to be folded."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

from aiokafka.structs import TopicPartition

from streams.runtime.records import Batch, Record

# So many records, or so large ones, carry what a batch costs in itself; the next ones need not be gathered.
_MANY = 1_000
_LARGE_BYTES = 4 << 20


class Inbox:
    """Gathers small batches into one until the task takes it, at most every `interval_s`.

    What comes while a batch is being committed is then committed together, by the very next one.
    """

    def __init__(self, empty: Batch, max_records: int, interval_s: float) -> None:
        self._empty = empty
        self._waiting = empty
        self._skipped: dict[TopicPartition, int] = {}
        self._many = min(_MANY, max_records - fetch_limit(max_records))
        self._interval_s = interval_s
        self._taken_at = -interval_s
        self._reserved = False
        self._bytes = 0

    @property
    def has_room(self) -> bool:
        """Whether more may be fetched."""
        return not self._reserved and not self._enough

    @property
    def _enough(self) -> bool:
        """Whether what waits need not be gathered any further."""
        many = len(self._waiting) >= self._many
        return bool(self._waiting.records) and (many or self._bytes >= _LARGE_BYTES)

    def __len__(self) -> int:
        return len(self._waiting)

    def reserve(self) -> None:
        """A batch is on its way: there is no room until it is here."""
        self._reserved = True

    def accept(self, batch: Batch) -> None:
        """The batch that was reserved."""
        waiting, self._reserved = self._waiting, False
        self._waiting = replace(
            batch,
            records=_joined(waiting.records, batch.records),
            positions={**waiting.positions, **batch.positions},
        )
        # Of many it does not matter, and would be counted record by record.
        if len(self._waiting) < self._many:
            self._bytes += sum(map(_bytes, chain.from_iterable(batch.records.values())))

    def skip_to(self, tp: TopicPartition, position: int) -> None:
        """The consumer went on to `position` without a record: what lies before it are markers."""
        self._skipped[tp] = position

    def due_in_s(self) -> float:
        """Seconds until what waits is to be taken; for ever when nothing does."""
        if not self._waiting.records:
            return float("inf")
        if self._enough:
            return 0.0
        return self._taken_at + self._interval_s - time.monotonic()

    def take(self) -> Batch:
        """What waits, which may be nothing but positions."""
        batch = self._waiting
        self._waiting, self._bytes = self._empty, 0
        if batch.records:
            self._taken_at = time.monotonic()
        positions = dict(batch.positions)
        for tp, skipped in self._skipped.items():
            positions[tp] = max(skipped, positions.get(tp, 0))
        self._skipped = {}
        return replace(batch, positions=positions)

    def clear(self) -> None:
        """Drop what waits, to be fetched again."""
        self._waiting, self._bytes, self._skipped = self._empty, 0, {}


def fetch_limit(max_records: int) -> int:
    """How many records to fetch at once, so that they fit beside what may wait already."""
    return max_records - min(_MANY, max_records // 5)


def _bytes(record: Record) -> int:
    return len(record.value or b"") + sum(len(value or b"") for _, value in record.headers)


def _joined(
    these: Mapping[str, Sequence[Record]], those: Mapping[str, Sequence[Record]]
) -> Mapping[str, Sequence[Record]]:
    if not these:
        return those
    return {topic: [*these.get(topic, ()), *those.get(topic, ())] for topic in {**these, **those}}
