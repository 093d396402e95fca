"""The tasks of a worker without a worker: record batches in, record batches out."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import TopicPartition

from bench.measures.stopwatch import COUNTING, Stopwatch
from streams.runtime import compression
from streams.runtime.compression import MANY_BYTES, codec_of
from streams.runtime.fetch import Fetched, PartitionRecords
from streams.runtime.generations import Generations
from streams.runtime.outbox import Packer, fill
from streams.runtime.partitioner import partition_for
from streams.runtime.records import Batch, Effects, Outgoing, Record
from streams.runtime.resources import Resources
from streams.runtime.step import StepContext, StepSpec
from streams.runtime.store import Store
from streams.runtime.table import Table
from streams.runtime.task import AT_ONCE, Observer
from streams.topics import Topics

_RECORD_BATCH_BYTES = 512 << 10
_BATCH_RECORDS = 5_000
_READ_COMMITTED = 1
_NOW = 1_800_000_000_000

compression.install()

Entry = tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]


class Log:
    """Topics in memory, as record batches."""

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions
        self._entries: dict[tuple[str, int], list[Entry]] = defaultdict(list)

    def append(self, topic: str, partition: int, *entry: Any) -> None:
        """Key, value and headers at the end of a partition."""
        self._entries[topic, partition].append(entry)

    def fetch(self, topics: Iterable[str], partition: int, limit: int) -> dict[str, list[bytes]]:
        """Record batches of up to `limit` records in all, of one topic after the other, as a worker that
        catches up has them.
        """
        fetched = {}
        for topic in topics:
            if taken := self._taken(topic, partition, limit):
                limit -= len(taken)
                fetched[topic] = list(_record_batches(taken))
        return fetched

    def _taken(self, topic: str, partition: int, limit: int) -> list[Entry]:
        entries = self._entries[topic, partition]
        taken, self._entries[topic, partition] = entries[:limit], entries[limit:]
        return taken

    def left(self, topic: str) -> int:
        """How many records of a topic nobody took."""
        return sum(len(entries) for (name, _), entries in self._entries.items() if name == topic)


def _record_batches(entries: Sequence[Entry]) -> Iterator[bytes]:
    start = 0
    while start < len(entries):
        batch = new_batch(MANY_BYTES)
        start += fill(batch, entries, start)
        yield bytes(batch._build())


def parsed(tp: TopicPartition, batches: Iterable[bytes]) -> list[Record]:
    """The records of record batches that a log handed out: each begins at offset 0, so each is a fetch of its
    own.
    """
    records: list[Record] = []
    for data in batches:
        fetched = PartitionRecords(tp, Fetched(data), [], 0, None, None, True, _READ_COMMITTED)
        records += fetched.take(sys.maxsize)
    return records


def new_batch(size: int) -> BatchBuilder:
    """Like those of a producer."""
    return BatchBuilder(_RECORD_BATCH_BYTES, codec_of("zstd", size), is_transactional=True)


class Task:
    """One step on one partition, with a database of its own."""

    def __init__(
        self,
        spec: StepSpec,
        partition: int,
        partitions: int,
        directory: Path,
        resources: Resources,
        generations: Generations,
        observer: Observer,
    ) -> None:
        self._spec = spec
        self._partition = partition
        self._store = Store(directory / f"{spec.name}-{partition}", resources)
        self._tables = {
            table.name: Table(table.name, table.codec, self._store, generations) for table in spec.tables
        }
        self._step = spec.build(StepContext(partition, partitions, self._tables))
        self._observer = observer
        self._packer = Packer(new_batch, {topic.name: partitions for topic in Topics.load("")})

    def work(self, log: Log, watch: Stopwatch) -> bool:
        """Process a batch; returns whether there was one."""
        fetched = log.fetch(self._spec.topics, self._partition, _BATCH_RECORDS)
        with watch.stage("fetch"):
            records = {
                topic: parsed(TopicPartition(topic, self._partition), batches)
                for topic, batches in fetched.items()
            }
        if not records and self._step.deadline() != 0:
            return False
        batch = Batch(self._spec.name, self._partition, 0, records)
        outputs: list[Outgoing] = []
        for piece in batch.pieces(AT_ONCE):
            with watch.stage("fold"):
                outputs += self._step.process(piece, _NOW)
            watch.catch_up()
        with watch.stage("encode state"):
            writes = {table.name: self._tables[table.name].drain() for table in self._spec.tables}
        effects = Effects(outputs, writes, {})
        with watch.stage("produce"):
            _ = effects.topics
            for packed in chain.from_iterable(self._packer.pack(outputs, writes, self._partition).values()):
                packed._build()
        with watch.stage("RocksDB"):
            self._store.write(writes, {})
        with watch.stage(COUNTING):
            self._observer.finished(batch, effects, 0.01, 0.01)
        for output in outputs:
            partition = partition_for(output.key or b"", log.partitions)
            log.append(output.topic, partition, output.key, output.value, output.headers or [])
        return True

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()
