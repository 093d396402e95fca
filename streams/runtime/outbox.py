"""Records out, as record batches."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from math import inf
from typing import NamedTuple, Protocol

from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import TopicPartition

from streams.runtime.compression import MANY_BYTES
from streams.runtime.partitioner import partition_for
from streams.runtime.records import Outgoing, Write

_Entry = tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]
_NONE: list[tuple[str, bytes | None]] = []


class Writer(Protocol):
    """What of a producer is needed here (streams/runtime/producer.py)."""

    def new_batch(self, size: int) -> BatchBuilder: ...
    async def write(
        self, batches: Mapping[TopicPartition, Sequence[BatchBuilder]]
    ) -> Mapping[TopicPartition, int]: ...


class Packer:
    """Makes record batches for topics whose partition counts are known."""

    def __init__(self, new_batch: Callable[[int], BatchBuilder], partitions: Mapping[str, int]) -> None:
        self._new_batch = new_batch
        self._partitions = partitions

    def pack(
        self, outputs: Iterable[Outgoing], changelog: Mapping[str, Sequence[Write]], partition: int
    ) -> dict[TopicPartition, list[BatchBuilder]]:
        """Closed record batches, in order: outputs where they belong, table changes for `partition`."""
        entries = self._by_partition(outputs)
        for topic, writes in changelog.items():
            if writes:
                entries[topic, partition] = [(key, value, _NONE) for key, value in writes]
        return {TopicPartition(*tp): list(self._batches(records)) for tp, records in entries.items()}

    def _by_partition(self, outputs: Iterable[Outgoing]) -> dict[tuple[str, int], list[_Entry]]:
        grouped: dict[tuple[str, int], list[_Entry]] = defaultdict(list)
        counts = self._partitions
        for output in outputs:
            topic, key, partition = output.topic, output.key, output.partition
            if partition is None:
                partition = partition_for(key or b"", counts[topic])
            grouped[topic, partition].append((key, output.value, output.headers or _NONE))
        return grouped

    def _batches(self, records: Sequence[_Entry]) -> Iterable[BatchBuilder]:
        start, size = 0, _size(records, MANY_BYTES)
        while start < len(records):
            # What is too large for a batch begins one of its own.
            batch = self._new_batch(max(size, _size(records[start : start + 1])))
            start += fill(batch, records, start)
            yield batch


class Parcel(NamedTuple):
    """What is written together, and which partitions of it are changelogs."""

    batches: Mapping[TopicPartition, Sequence[BatchBuilder]]
    changelogs: Sequence[TopicPartition]


class Outbox:
    """Writes records through one producer."""

    def __init__(self, producer: Writer, partitions: Mapping[str, int]) -> None:
        self._producer = producer
        self._packer = Packer(producer.new_batch, partitions)

    async def write(
        self, outputs: Iterable[Outgoing], changelog: Mapping[str, Sequence[Write]], partition: int
    ) -> dict[str, int]:
        """Pack and send them. Raises Undelivered."""
        return await self.send(self.pack(outputs, changelog, partition))

    def pack(
        self, outputs: Iterable[Outgoing], changelog: Mapping[str, Sequence[Write]], partition: int
    ) -> Parcel:
        """Record batches for outputs where they belong, and for table changes `partition` of their
        changelogs.
        """
        written = [TopicPartition(topic, partition) for topic, writes in changelog.items() if writes]
        return Parcel(self._packer.pack(outputs, changelog, partition), written)

    async def send(self, parcel: Parcel) -> dict[str, int]:
        """Returns, when all is acknowledged, the position reached for each changelog that had any. Raises
        Undelivered.
        """
        if not parcel.batches:
            return {}
        positions = await self._producer.write(parcel.batches)
        return {tp.topic: positions[tp] for tp in parcel.changelogs}


def _size(records: Iterable[_Entry], enough: float = inf) -> int:
    """How many bytes records have in all, or at least `enough`."""
    size = 0
    for key, value, headers in records:
        size += len(key or b"") + len(value or b"")
        for name, content in headers:
            size += len(name) + len(content or b"")
        if size >= enough:
            break
    return size


def fill(batch: BatchBuilder, records: Sequence[_Entry], start: int) -> int:
    """Append `records` from `start` on until `batch` is full, and close it; returns how many it took.

    By aiokafka's own builder of record batches: its `BatchBuilder.append` around that costs 0.5 µs a record.
    """
    append, count = batch._builder.append, 0
    for key, value, headers in islice(records, start, None):
        if append(count, None, key, value, headers) is None:
            break
        count += 1
    batch._relative_offset = count
    batch.close()
    return count
