"""The real steps of the topology on a simulated broker, with a clock that the test moves."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import Any

import msgspec.json
from aiokafka.structs import TopicPartition

from streams.runtime.generations import Generations
from streams.runtime.records import Batch, Effects, Headers, Outgoing, Write
from streams.runtime.step import StepContext, StepSpec
from streams.runtime.table import Table
from streams.runtime.task import Observer
from streams.topics import Topics
from streams.topology import steps
from streams.tracing.seam import Off, Tracing
from tests.support.broker import Broker, Stored
from tests.support.events import HOME, Event
from tests.support.memory import Memory

LIMIT = 262_144
NOW = 1_000_000


class Crash(Enum):
    """How far a batch gets before its worker dies. Each is followed by a restart on the same state."""

    BEFORE_OUTPUTS = "nothing was published (or the transaction was aborted)"
    BEFORE_STATE = "outputs were published, state and offsets were not (at least once)"
    BEFORE_OFFSETS = "outputs and state are durable, offsets are not (at least once)"


class Nobody:
    """An observer that looks away."""

    def finished(self, batch: Batch, effects: Effects, folding_s: float, committing_s: float) -> None:
        return None


class Task:
    """One step on one partition."""

    def __init__(
        self, spec: StepSpec, partition: int, partitions: int, cached: int, observer: Observer, piece: int
    ) -> None:
        self.spec = spec
        self._piece = piece
        self.congested = False
        self._observer = observer
        self.partition = partition
        self.memory = Memory()
        self.changelog: dict[str, list[Write]] = defaultdict(list)
        self.positions = dict.fromkeys(spec.topics, 0)
        self._partitions = partitions
        self._cached = cached
        self.restart()

    def restart(self, from_changelog: bool = False) -> None:
        """Forget what is not stored, as a new process does; with `from_changelog` on an empty disk, too."""
        if from_changelog:
            self.memory = Memory()
            self.memory.write(self.changelog)
        generations = Generations(self._cached)
        self.tables: dict[str, Table[Any]] = {
            spec.name: Table(spec.name, spec.codec, self.memory, generations) for spec in self.spec.tables
        }
        self.step = self.spec.build(
            StepContext(self.partition, self._partitions, self.tables, lambda: self.congested)
        )

    def process(
        self, records: Mapping[str, Sequence[Stored]], now: int, broker: Broker, crash: Crash | None = None
    ) -> None:
        """Fold one batch, and make its effects durable in the runtime's order, or die in between."""
        reached = {topic: batch[-1].offset + 1 for topic, batch in records.items()}
        positions = {TopicPartition(topic, self.partition): offset for topic, offset in reached.items()}
        batch = Batch(self.spec.name, self.partition, 0, records, positions)
        outputs = [output for piece in batch.pieces(self._piece) for output in self.step.process(piece, now)]
        writes = {name: table.drain() for name, table in self.tables.items()}
        if crash is not Crash.BEFORE_OUTPUTS:
            for output in outputs:
                broker.send(output)
            if crash is not Crash.BEFORE_STATE:
                self.memory.write(writes)
                for name, changes in writes.items():
                    self.changelog[name] += changes
        if crash is None:
            self.positions |= reached
            self._observer.finished(batch, Effects(outputs, writes, positions), 0, 0)
        else:
            self.restart()

    def pending(self, broker: Broker) -> dict[str, list[Stored]]:
        """What was not processed yet, by topic."""
        waiting = {
            topic: broker.log(topic, self.partition)[position:] for topic, position in self.positions.items()
        }
        return {topic: records for topic, records in waiting.items() if records}

    def due(self, now: int) -> bool:
        """Whether a deadline has come."""
        deadline = self.step.deadline()
        return deadline is not None and deadline <= now


class Simulation:
    """All tasks of the topology. Topics are named without prefix; `now` is the clock. Batches are folded in
    pieces of `piece` records.
    """

    def __init__(
        self,
        partitions: int = 4,
        prefix: str = "",
        cached: int = 1000,
        frames: Mapping[str, bytes] = MappingProxyType({}),
        tracing: Tracing | None = None,
        piece: int = 128,
    ) -> None:
        self.now = NOW
        self.broker = Broker(partitions)
        self._topics = Topics.load(prefix)
        tracing = tracing or Off()
        observer = tracing.beside(Nobody())
        self.tasks = [
            Task(spec, partition, partitions, cached, observer, piece)
            for spec in tracing.over(steps(self._topics, LIMIT, frames, tracing.follow))
            for partition in range(partitions)
        ]

    def name(self, topic: str) -> str:
        """The full name of a topic."""
        return self._topics.full_name(topic)

    def send(self, *events: Event) -> list[Stored]:
        """Publish events where and under the key where they belong."""
        sent = []
        for event in events:
            topic, key = HOME[event["type"]]
            sent.append(self.publish(topic, event[key].encode(), msgspec.json.encode(event)))
        return sent

    def publish(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        partition: int | None = None,
    ) -> Stored:
        """Publish whatever bytes."""
        return self.broker.send(Outgoing(self.name(topic), key, value, list(headers), partition))

    def tell(self, *events: Event) -> None:
        """Publish events one after the other; all that follows from one is done before the next."""
        for event in events:
            self.send(event)
            self.pump()

    def pump(self) -> None:
        """Process until nothing is left to do."""
        while not self.quiet:
            for task in self.tasks:
                records = task.pending(self.broker)
                if records or task.due(self.now):
                    task.process(records, self.now, self.broker)

    @property
    def quiet(self) -> bool:
        """Whether nothing is left to do."""
        return not any(task.pending(self.broker) or task.due(self.now) for task in self.tasks)

    def wait_until(self, now: int) -> None:
        """Move the clock and do what has become due."""
        self.now = now
        self.pump()

    def restart(self, from_changelog: bool = False) -> None:
        """Restart every task."""
        for task in self.tasks:
            task.restart(from_changelog)

    def out(self, topic: str) -> list[Stored]:
        """Every record of a topic."""
        return self.broker.all(self.name(topic))
