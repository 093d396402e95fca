"""Records out, as record batches."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, Protocol

from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import TopicPartition

from streams.runtime.partitioner import partition_for
from streams.runtime.records import Outgoing, Write

# zstd takes 13 µs for 2 KiB and 10 to open it again, the broker as long, and a small batch has many.
_MANY_BYTES = 8_192

_Entry = tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]
_NONE: list[tuple[str, bytes | None]] = []


class Writer(Protocol):
    """What of a producer is needed here (streams/runtime/producer.py)."""

    def new_batch(self, compressed: bool) -> BatchBuilder: ...
    async def write(
        self, batches: Mapping[TopicPartition, Sequence[BatchBuilder]]
    ) -> Mapping[TopicPartition, int]: ...


class Packer:
    """Makes record batches for topics whose partition counts are known."""

    def __init__(self, new_batch: Callable[[bool], BatchBuilder], partitions: Mapping[str, int]) -> None:
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
        start, compressed = 0, _are_many(records)
        while start < len(records):
            batch = self._new_batch(compressed)
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


def _are_many(records: Iterable[_Entry]) -> bool:
    size = 0
    for _, value, _ in records:
        size += len(value or b"")
        if size >= _MANY_BYTES:
            return True
    return False


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
