"""A worker process: the runtime's `Tasks`, and what `app`, `transport` and `restoration` do around them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from aiokafka.errors import KafkaTimeoutError
from aiokafka.structs import TopicPartition

from streams.runtime.at_least_once import AtLeastOnce
from streams.runtime.commit import Commit, CommitFailed
from streams.runtime.exactly_once import ExactlyOnce
from streams.runtime.patience import Patient
from streams.runtime.records import Batch
from streams.runtime.resources import Resources
from streams.runtime.state_once import StateOnce
from streams.runtime.step import TaskId
from streams.runtime.takeover import Takeover
from streams.runtime.tasks import Tasks
from tests.chaos.simulated.clients import Producer, Reader
from tests.chaos.simulated.disk import Mount
from tests.runtime.counting import Silent

if TYPE_CHECKING:
    from tests.chaos.simulated.world import World

T = TypeVar("T")

_DRAIN_S = 5.0
_IDLE_S = 0.2
_BATCH_MAX_RECORDS = 20
_SESSION_S = 0.3
_RESOURCES = Resources(1 << 20, 1 << 20)


class Died(BaseException):
    """The process ends here: nothing of it runs any more."""


class Directory:
    """The data directory of a process; what is opened in it can die with the process."""

    def __init__(self, process: "Process") -> None:
        self._process = process

    def __truediv__(self, name: str) -> Mount:
        return Mount(self._process.world.disk(self._process.name, name), self._process.effect)


class Process:
    """One incarnation of a worker, from its start to its death. Workers of one name have the same disk."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name
        self.alive = True
        self.paused_until = 0.0
        self._heard_at = world.now
        self.generation = 0
        takeover = Takeover(
            world.specs,
            world.partition_counts,
            cast(Path, Directory(self)),
            _RESOURCES,
            world.cached,
            self._new_commit,
            lambda: cast(Any, Reader(world.kafka, self.call, world.chunk)),
            _BATCH_MAX_RECORDS,
            deferral=world.deferral,
        )
        self.tasks = Tasks(takeover, world.clock, Silent(), self._on_failure)
        self._positions: dict[TopicPartition, int] = {}
        self._working: list[asyncio.Task[None]] = []
        self._resuming: asyncio.Task[None] | None = None

    @property
    def responsive(self) -> bool:
        """Whether the group heard of it within the session, before which what was on the wire arrives."""
        if self.alive and self.paused_until <= self.world.now:
            self._heard_at = self.world.now
        return self.world.now - self._heard_at < _SESSION_S

    def die(self) -> None:
        """Nothing that it does from now on has an effect."""
        self.alive = False
        self.world.died(self)

    def effect(self, do: Callable[[], None]) -> None:
        """A synchronous effect on its disk, which may be the last thing that it does."""
        if not self.alive:
            raise Died
        self._perhaps_die()
        do()
        self._perhaps_die()

    async def call(self, do: Callable[[], Awaitable[T]]) -> T:
        """An effect on the broker. Raises what the broker raises, or KafkaTimeoutError for a lost packet."""
        world = self.world
        await self._while_alive()
        await world.travel(self)
        if world.chance.random() < 0.5:
            await self._while_alive()  # else it was on the wire already
        await self._perhaps_hang()
        world.perhaps_lose_packet()
        result = await do()
        await self._perhaps_hang()
        world.perhaps_lose_packet()
        await world.travel(self)
        await self._while_alive()
        return result

    async def confirmed(self) -> bool:
        """Whether the group still counts it in: a heartbeat."""

        async def ask() -> bool:
            return self.world.group.is_member(self, self.generation)

        return await self.call(ask)

    async def revoke(self) -> None:
        """A rebalance begins, as `BatchApp._on_revoked` takes it."""
        self._stop_working()
        await self.tasks.drain(_DRAIN_S)

    async def assign(self, assigned: Iterable[TopicPartition], generation: int) -> None:
        """A rebalance ended, as `TableManager.on_rebalance` takes it."""
        self.generation = generation
        self._resuming = asyncio.ensure_future(self._resume(list(assigned), generation))

    async def _resume(self, assigned: list[TopicPartition], generation: int) -> None:
        try:
            if not await self.tasks.open(assigned):
                return
            self._positions = await self._committed(assigned)
        except Exception as error:
            self.world.crashed(self, error)
            return
        if self.generation == generation and self.alive:
            self.tasks.start()
            self._working = [asyncio.ensure_future(self._fetch())]

    async def _committed(self, assigned: list[TopicPartition]) -> dict[TopicPartition, int]:
        async def read() -> dict[TopicPartition, int]:
            return {tp: self.world.kafka.offsets.get(tp, 0) for tp in assigned}

        while True:
            try:
                return await self.call(read)
            except KafkaTimeoutError:
                continue

    async def _fetch(self) -> None:
        """Batches for tasks that have room: of some of their topics, some of what waits there."""
        chance = self.world.chance
        inputs = [tps for tps in self.world.inputs if tps[0] in self._positions]
        while self.alive:
            await self.world.travel(self)
            ready = [tps for tps in inputs if self.tasks.has_room(tps[0])]
            if not ready or not self._fetch_for(chance.choice(ready)):
                await asyncio.sleep(_IDLE_S)

    def _fetch_for(self, mine: tuple[TopicPartition, ...]) -> bool:
        chance, records = self.world.chance, {}
        for tp in chance.sample(mine, chance.randint(1, len(mine))):
            found, self._positions[tp] = self.world.kafka.logs[tp].read(
                self._positions[tp], chance.randint(1, 4)
            )
            if found:
                records[tp.topic] = found
            else:
                self.tasks.skip_to(tp, self._positions[tp])
        if records:
            step, partition = self.tasks.step_of(mine[0].topic), mine[0].partition
            positions = {tp: self._positions[tp] for tp in mine if tp.topic in records}
            self.tasks.reserve(step, partition)
            batch = Batch(step, partition, self.generation, records, positions)
            self._working.append(asyncio.ensure_future(self._deliver(batch)))
        return bool(records)

    async def _deliver(self, batch: Batch) -> None:
        """Through Faust's channels, which takes a while."""
        await self.world.travel(self)
        self.tasks.accept(batch, self.generation)

    def _stop_working(self) -> None:
        if self._resuming is not None:
            self._resuming.cancel()
        for each in self._working:
            each.cancel()
        self._working = []

    def _new_commit(self, step: str, partition: int) -> Commit:
        counts: Mapping[str, int] = self.world.partition_counts
        whole = ExactlyOnce(f"group-{step}-{partition}", partition, "group", self._new_producer, counts, self)
        outputs = AtLeastOnce(partition, self._new_producer, counts, self.tasks.committable, lambda: True)
        commit = whole if self.world.exactly_once else StateOnce(outputs, whole)
        return Patient(commit, (step, partition), self.tasks.waiting)

    def _new_producer(self, transactional_id: str | None) -> Any:
        return Producer(self.world.kafka, self.call, transactional_id)

    def _on_failure(self, task: TaskId, error: Exception) -> None:
        if isinstance(error, CommitFailed):
            self.world.group.rejoin()
        else:
            self.world.crashed(self, error)

    async def _while_alive(self) -> None:
        if not self.alive:
            await self.world.never.wait()

    async def _perhaps_hang(self) -> None:
        try:
            self._perhaps_die()
        except Died:
            await self.world.never.wait()

    def _perhaps_die(self) -> None:
        if self.alive and self.world.fatal():
            self.die()
            raise Died
