"""What `getmany` of aiokafka's consumers hands out: bare records, taken a record batch at a time.

aiokafka makes a `ConsumerRecord` of each record, through four Python calls: 3.1 µs. The records that its
Cython parser makes (offset, timestamp, key, value, headers) have all that a step reads: 0.4 µs. Their topic
and partition are the key under which `getmany` returns them. `getone` is as it was.
"""

import asyncio
import logging
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from struct import Struct
from typing import Any

from aiokafka.consumer import consumer, fetcher, subscription_state
from aiokafka.errors import CorruptRecordException
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition

from streams.runtime import fetch_messages, odd_headers
from streams.runtime.cancelling import end
from streams.runtime.records import Record

log = logging.getLogger(__name__)

_CANCEL_AGAIN_S = 0.1
# A fetch for the others is then under way, for `fetch_max_wait_ms` at most.
_HELD_UP_S = 0.01

_RECORD_BATCH = Struct(">qi")
"""How a record batch begins: its base offset, and how many bytes follow."""


class Fetched:
    """What was fetched of a partition: aiokafka's `MemoryRecords`, which does not give its bytes away."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._records = MemoryRecords(data)

    def size_in_bytes(self) -> int:
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        return bool(self._records.has_next())

    def next_batch(self) -> Any:
        return self._records.next_batch()

    def bytes_of(self, base_offset: int) -> bytes:
        """The record batch that begins with this offset."""
        at = 0
        while True:
            offset, size = _RECORD_BATCH.unpack_from(self._data, at)
            end = at + _RECORD_BATCH.size + size
            if offset == base_offset:
                return self._data[at:end]
            at = end


class PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """The fetched records of one partition."""

    _left: Sequence[Record] = ()
    _end = 0

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        # It refers to this, and would keep it, with all that was fetched, until the garbage collector comes.
        self._records_iterator = None

    def __next__(self) -> Any:
        if self._records_iterator is None:
            self._records_iterator = self._unpack_records()
        return super().__next__()

    def take(self, limit: int) -> list[Record]:
        """The next records, `limit` of them unless there are no more; `next_fetch_offset` follows."""
        taken: list[Record] = []
        while len(taken) < limit and (self._left or self._records.has_next()):
            records = self._left or self._next_batch()
            room = limit - len(taken)
            taken += records[:room]
            self._left = records[room:]
            self.next_fetch_offset = self._left[0].offset if self._left else self._end
        return taken

    def _next_batch(self) -> Sequence[Record]:
        """The records of one record batch that are to be handed out; it reaches to `_end`."""
        batch = self._records.next_batch()
        if self._check_crcs and not batch.validate_crc():
            raise CorruptRecordException(f"Invalid CRC - {self._tp}")
        records = self._parsed(batch) if self._is_read(batch) else []
        if records and records[0].offset < self.next_fetch_offset:
            records = [record for record in records if record.offset >= self.next_fetch_offset]
        self._end = max(batch.next_offset, self.next_fetch_offset)
        return records

    def _parsed(self, batch: Any) -> Sequence[Record]:
        try:
            return list(batch)
        except UnicodeDecodeError:
            return odd_headers.read(self._records.bytes_of(batch.base_offset))

    def _is_read(self, batch: Any) -> bool:
        """Whether a batch holds records to hand out: it is no marker and, where that matters, not aborted."""
        if self._isolation_level == fetcher.READ_COMMITTED and batch.producer_id is not None:
            self._consume_aborted_up_to(batch.base_offset)
            if batch.is_control_batch and self._contains_abort_marker(batch):
                self._aborted_producers.discard(batch.producer_id)
            if batch.is_transactional and batch.producer_id in self._aborted_producers:
                return False
        return not batch.is_control_batch


class FetchResult(fetcher.FetchResult):  # type: ignore[misc]
    """Hands them out."""

    _partition_records: PartitionRecords | None

    def getall(self, max_records: int | None = None) -> list[Record]:
        """Up to `max_records`."""
        if not self.check_assignment(self._topic_partition) or self._partition_records is None:
            return []
        limit = sys.maxsize if max_records is None else max_records
        taken = self._partition_records.take(limit)
        self._update_position()
        if len(taken) < limit:
            self._partition_records = None
        return taken


class PartitionState(subscription_state.TopicPartitionState):  # type: ignore[misc]
    """How far a partition is read; `left` is the offset that the broker called out of range."""

    left: int | None = None

    def await_reset(self, strategy: int) -> None:
        self.left = self._position
        super().await_reset(strategy)


class Fetcher(fetcher.Fetcher):  # type: ignore[misc]
    """One that fetches on while records of some partitions wait to be taken, and that always ends.

    aiokafka would leave all partitions of a broker alone for 100 ms when records of one wait: those whose
    task has no room would hold up the others.

    Since aiokafka 0.11 (its pull request 1007) the fetching task takes a cancellation that comes while it
    lets go of an earlier assignment for that of a request, and goes on; `close` then waits for ever. And a
    request that was refused and waits to be made again lets its cancellation out of `close`, where it looks
    like that of whoever closes (its issue 647).

    And it goes on at the beginning of what there is, without a word that is heard, where the offset that it
    wants is gone. `missed` counts what was skipped, by topic.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self.missed: Counter[str] = Counter()
        super().__init__(*args, **options, prefetch_backoff=_HELD_UP_S)

    async def close(self) -> None:
        await end({self._fetch_task}, _CANCEL_AGAIN_S)
        for request in self._pending_tasks:
            request.cancel()
        await asyncio.gather(*self._pending_tasks, return_exceptions=True)
        self._pending_tasks.clear()
        await super().close()

    async def _update_fetch_positions(
        self, assignment: Any, node_id: int, tps: Collection[TopicPartition]
    ) -> Any:
        woken = await super()._update_fetch_positions(assignment, node_id, tps)
        for tp in tps:
            state = assignment.state_value(tp)
            if state.left is not None and state.has_valid_position:
                self._tell(tp, state.left, state.position)
                state.left = None
        return woken

    def _tell(self, tp: TopicPartition, left: int, position: int) -> None:
        if position >= left:
            self.missed[tp.topic] += position - left
            log.error(
                "%s-%d: what was from offset %d to %d was deleted before it was read", *tp, left, position
            )
        else:
            log.warning("%s-%d ends before offset %d: it is another log, read from %d", *tp, left, position)


def install() -> None:
    """Have all consumers of this process fetch like that."""
    fetch_messages.install()
    fetcher.MemoryRecords = Fetched
    fetcher.PartitionRecords, fetcher.FetchResult = PartitionRecords, FetchResult
    subscription_state.TopicPartitionState = PartitionState
    consumer.Fetcher = Fetcher
