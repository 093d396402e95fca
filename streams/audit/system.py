"""A running system as the audit sees it: the log as far as workers have processed it, and what they wrote."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from streams import reading, topology
from streams.audit.facts import Facts
from streams.audit.group import Group, passed
from streams.audit.live import Live
from streams.audit.report import Gone
from streams.audit.tables import FANOUTS
from streams.progress import Progress
from streams.runtime.resources import Resources
from streams.runtime.restore import NewReader
from streams.runtime.store import Store
from streams.topics import Kind, Name, Topic, Topics

_MEMORY_BYTES = 64 << 20


class System:
    """Facts folded, and tables read, up to a moment that `catch_up` moves."""

    def __init__(
        self,
        topics: Topics,
        partitions: Mapping[str, int],
        max_record_bytes: int,
        directory: Path,
        new_reader: NewReader,
    ) -> None:
        """`partitions` by full topic name. Files in `directory` grow with the links, not with the log."""
        self._new_reader = new_reader
        resources = Resources(_MEMORY_BYTES, _MEMORY_BYTES)
        self._store = Store(directory / "facts", resources)
        self.facts = Facts(self._store, max_record_bytes)
        steps = topology.steps(topics, max_record_bytes)
        self.live = Live(
            lambda name: Store(directory / name, resources),
            steps,
            topics.full_name(Name.VIDEO_STATUS),
            partitions,
        )
        self.sources = topology.sources(topics)
        self.records = 0
        sources, internal = topics.of_kind(Kind.SOURCE), topics.of_kind(Kind.INTERNAL)
        self._schemas = {topics.full_name(topic.name): topic.name for topic in sources}
        self._sources = _places(topics, partitions, sources)
        self._internal = _places(topics, partitions, (*internal, *topics.of_kind(Kind.REPARTITION)))
        self._folded: dict[TopicPartition, int] = {}

    async def begin(self, consumer: AIOKafkaConsumer) -> list[Gone]:
        """Start at the log's beginning; returns where that is gone."""
        self._folded = dict(await consumer.beginning_offsets(self._sources))
        return [Gone(tp.topic, tp.partition, first) for tp, first in sorted(self._folded.items()) if first]

    async def catch_up(self, consumer: AIOKafkaConsumer, group: Group, progress: Progress) -> None:
        """Fold what the workers have processed by now, then read what they have written by then."""
        committed = await group.committed(self._sources)
        spans = [(tp, range(self._folded[tp], offset)) for tp, offset in committed.items()]
        progress.stage("folding the log", reading.size(spans))
        async for (topic, _), records in reading.read(consumer, spans, progress.step):
            self.facts.fold(self._schemas[topic], records)
            self.records += len(records)
        self._folded |= {tp: max(offset, self._folded[tp]) for tp, offset in committed.items()}
        progress.stage("reading the tables")
        await self.live.refresh(self._new_reader)

    async def passed(self, consumer: AIOKafkaConsumer, group: Group) -> bool:
        """Wait until workers have processed what is on its way between steps now; False if they do not."""
        return await passed(group, await consumer.end_offsets(self._internal))

    def unfinished(self) -> set[bytes]:
        """Changes of stock that not all subscribers were told yet when the tables were read."""
        return set(self.live.keys(FANOUTS))

    def close(self) -> None:
        """Let go of the directory."""
        self._store.close()
        self.live.close()


def _places(topics: Topics, partitions: Mapping[str, int], declared: Iterable[Topic]) -> list[TopicPartition]:
    names = [topics.full_name(topic.name) for topic in declared]
    return [TopicPartition(name, number) for name in names for number in range(partitions[name])]
