"""One world from one seed: publishes, breaks things while it has trouble left, calms down, and is judged."""

import asyncio
from collections import Counter, defaultdict
from random import Random
from typing import Any, NamedTuple
from unittest import mock

from aiokafka.errors import KafkaTimeoutError
from aiokafka.structs import TopicPartition

from streams.runtime import takeover
from streams.runtime.saving import Deferral
from streams.topics import Topics
from streams.topology import steps
from tests.chaos.judge import Evidence, judge
from tests.chaos.simulated import loop, upstream
from tests.chaos.simulated.disk import Disk, Store
from tests.chaos.simulated.group import Group
from tests.chaos.simulated.kafka import Kafka
from tests.chaos.simulated.process import Process
from tests.support.broker import Stored

LIMIT = 262_144
BASE_MS = 1_000_000
_PARTITIONS = 2
_SPAN_S = 6.0
_HOUR_MS = 3_600_000
_PATIENCE_S = 600.0
_DEFERRALS = (None, Deferral(0.02, 5_000), Deferral(0.2, 5_000), Deferral(0.2, 20))
_TOPICS = Topics.load("")
_SPECS = steps(_TOPICS, LIMIT)


class Result(NamedTuple):
    """What the judge found, and how often what happened."""

    seed: int
    exactly_once: bool
    problems: list[str]
    happened: Counter[str]


def play(seed: int, exactly_once: bool, stray: float | None = None) -> Result:
    """One world. `stray`: the share of misrouted records (by default none at least once: README)."""
    if stray is None:
        stray = 0.15 if exactly_once else 0.0
    with mock.patch.object(takeover, "Store", Store):
        world = World(seed, exactly_once, stray)
        try:
            loop.run(world.live())
        except loop.Stuck:
            world.problems.append("everybody waits, and nothing is going to happen")
    return Result(seed, exactly_once, world.problems, world.happened)


class World:
    """Everything that chance decides is decided here."""

    def __init__(self, seed: int, exactly_once: bool, stray: float) -> None:
        self.chance = Random(f"{seed}/{exactly_once}")
        self.exactly_once = exactly_once
        self.specs = _SPECS
        self.partition_counts: dict[str, int] = defaultdict(lambda: _PARTITIONS)
        self.kafka = Kafka(self.chance)
        self.never = asyncio.Event()
        self.inputs = [
            tuple(TopicPartition(topic, partition) for topic in spec.topics)
            for spec in self.specs
            for partition in range(_PARTITIONS)
        ]
        self.group = Group(self.inputs, self.chance)
        self.cached = self.chance.choice((2, 1000))
        self.chunk = self.chance.choice((1, 3, 1000))
        self.problems: list[str] = []
        self.happened: Counter[str] = Counter()
        self._records = upstream.publish(self.chance, BASE_MS, _PARTITIONS, _SPAN_S, stray)
        self._disks: dict[tuple[str, str], Disk] = {}
        self._names = [f"w{number}" for number in range(self.chance.choice((1, 1, 2, 3)))]
        self._deaths = self.chance.choice((0, 1, 2, 3, 5))
        self._lost_packets = self.chance.choice((0, 0, 1, 3))
        self._deadliness = self.chance.choice((0.01, 0.03, 0.1))
        deferral = self.chance.choice(_DEFERRALS)
        self.deferral = deferral and deferral._replace(published=exactly_once)
        self._jump_ms = 0
        self._calm = False

    @property
    def now(self) -> float:
        """Seconds since the world began, which no worker sees."""
        return self._loop.time()

    def clock(self) -> int:
        """The workers' clock, epoch milliseconds."""
        return BASE_MS + int(self.now * 1000) + self._jump_ms

    def disk(self, worker: str, name: str) -> Disk:
        """The database of that name on the worker's disk."""
        return self._disks.setdefault((worker, name), Disk())

    async def travel(self, process: Process) -> None:
        """A packet, or control inside a process, takes its time; that of a paused process longer."""
        delay = 0.001 + self.chance.random() ** 4 * 0.05
        await asyncio.sleep(max(delay, process.paused_until - self.now))

    def fatal(self) -> bool:
        """Whether a process dies here."""
        if self._deaths == 0 or self._calm or self.chance.random() > self._deadliness:
            return False
        self._deaths -= 1
        return True

    def perhaps_lose_packet(self) -> None:
        """Raise for a request, or its answer, that is lost."""
        if self._lost_packets and not self._calm and self.chance.random() < 0.02:
            self._lost_packets -= 1
            self.happened["packets lost"] += 1
            raise KafkaTimeoutError

    def died(self, process: Process) -> None:
        """Its successor is started soon; the disk may have lost something, or everything."""
        self.happened["crashes"] += 1
        fate = self.chance.random()
        for (worker, _), disk in self._disks.items():
            if worker == process.name and fate < 0.3:
                disk.lose_power(self.chance.randint(1, 3))
            elif worker == process.name and fate < 0.5:
                disk.wipe()
        self.happened["disks lost"] += 0.3 <= fate < 0.5
        delay = 0.3 + self.chance.random()
        asyncio.get_running_loop().call_later(delay, lambda: self._start(process.name))

    def crashed(self, process: Process, error: Exception) -> None:
        """The runtime gave up, for which none of this is a reason, if it is not dead already."""
        if process.alive:
            self.problems.append(f"{process.name} crashed: {error!r}")
            process.alive = False

    async def live(self) -> None:
        """From the first record to the verdict."""
        self._loop = asyncio.get_running_loop()
        background = [asyncio.ensure_future(each) for each in (self.group.coordinate(), self._publish())]
        for name in self._names:
            self._start(name)
        background.append(asyncio.ensure_future(self._trouble()))
        await asyncio.wait({background[1], background[2]})
        self._calm = True
        await self._settle()
        self._jump_ms = 2 * _HOUR_MS
        await asyncio.sleep(2)
        await self._settle()
        await asyncio.sleep(1)  # until what is committed is on disk, too
        await self._settle()
        self._judge()

    def _start(self, name: str) -> None:
        self.group.join(Process(self, name))

    async def _publish(self) -> None:
        for record in self._records:
            now = self.now
            await asyncio.sleep(max(0.0, record.at_s - now))
            tp = TopicPartition(record.topic, record.partition)
            self.kafka.append(tp, [(record.key, record.value, [])])

    async def _trouble(self) -> None:
        """Pauses beyond the session, rebalances and jumps of the clock, between the deaths."""
        while self.now < _SPAN_S:
            await asyncio.sleep(self.chance.random() * 3)
            what = self.chance.random()
            if what < 0.2 and self.exactly_once:
                self._pause()
            elif what < 0.5:
                self.group.rejoin()
                self.happened["rebalances"] += 1
            elif what < 0.6:
                self._jump_ms = self.chance.choice((-_HOUR_MS, 0, _HOUR_MS))
                self.happened["clock jumps"] += 1

    def _pause(self) -> None:
        members = self.group.members
        if members:
            process = self.chance.choice(members)
            process.paused_until = self.now + 0.5 + self.chance.random() * 3
            self.happened["pauses"] += 1
            delay = process.paused_until - self.now + 0.001
            asyncio.get_running_loop().call_later(delay, lambda: self._wake(process))

    def _wake(self, process: Process) -> None:
        """A zombie learns that it was left out, and joins again."""
        if process.alive and not self.group.is_member(process, self.group.generation):
            self.group.join(process)

    async def _settle(self) -> None:
        """Until all inputs are worked off."""
        patience = self.now + _PATIENCE_S
        while not self._quiet():
            if self.now > patience:
                self.problems.append(f"inputs are not worked off: {self._lag()}")
                return
            await asyncio.sleep(0.5)

    def _quiet(self) -> bool:
        return self._at_work() and not self.kafka.undecided and not self._lag()

    def _at_work(self) -> bool:
        """Whether every task has an owner, restored and awake."""
        members = self.group.members
        awake = all(process.tasks.running and process.paused_until <= self.now for process in members)
        return bool(members) and self.group.stable and awake

    def _lag(self) -> dict[TopicPartition, int]:
        offsets, logs = self.kafka.offsets, self.kafka.logs
        lags = {tp: logs[tp].end - offsets.get(tp, 0) for task in self.inputs for tp in task}
        return {tp: lag for tp, lag in lags.items() if lag}

    def _judge(self) -> None:
        evidence = Evidence(self._committed, self._tables(), self.clock(), self.exactly_once)
        self.problems += judge(evidence)
        self.problems += self._changelogs()
        self.happened["records"] += len(self._records)

    def _committed(self, topic: str) -> list[Stored]:
        logs = (self.kafka.logs[TopicPartition(topic, partition)] for partition in range(_PARTITIONS))
        return [record for log in logs for record in log.read(0, len(log.entries))[0]]

    def _tables(self) -> dict[str, dict[bytes, bytes]]:
        """What is on the disks of those who have the tasks."""
        found: dict[str, dict[bytes, bytes]] = {}
        for disk, spec in self._standing():
            for table in spec.tables:
                found.setdefault(table.name, {}).update(disk.table(table.name))
        return found

    def _standing(self) -> list[tuple[Disk, Any]]:
        owners = self.group.owners
        return [
            (
                self.disk(owners[TopicPartition(spec.topics[0], partition)].name, f"{spec.name}-{partition}"),
                spec,
            )
            for spec in self.specs
            for partition in range(_PARTITIONS)
        ]

    def _changelogs(self) -> list[str]:
        """Each changelog restores its table byte for byte."""
        problems = []
        restored: dict[str, dict[bytes, bytes]] = {}
        for spec in self.specs:
            for table in spec.tables:
                latest = {record.key: record.value for record in self._committed(table.changelog)}
                restored[table.name] = {k: v for k, v in latest.items() if k is not None and v is not None}
        for name, stored in self._tables().items():
            if stored != restored[name]:
                problems.append(f"table {name} is not what its changelog restores")
        return problems
