"""All tasks of a worker: opened, run and let go as partitions are assigned and revoked."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from streams.runtime.cancelling import cancelled, end, every
from streams.runtime.commit import Commit, CommitFailed
from streams.runtime.connection import FORBIDDEN
from streams.runtime.generations import Generations
from streams.runtime.records import Batch
from streams.runtime.resources import Resources
from streams.runtime.restore import Changelog, NewReader, Restorations, restore
from streams.runtime.saving import Deferral
from streams.runtime.step import Halt, StepSpec, TaskId
from streams.runtime.store import Store
from streams.runtime.table import Unreadable
from streams.runtime.task import Clock, Observer, Task
from streams.runtime.turns import Turns
from streams.runtime.view import View

log = logging.getLogger(__name__)

_RETRY_S = 1.0
_CANCEL_AGAIN_S = 2.0
# So many records are done in a good tenth of a second; with fewer some of the tasks that read them may have
# none.
_CONGESTION = 2_000


class Tasks:
    """The tasks of the partitions that this worker has, and their offsets to commit."""

    def __init__(
        self,
        specs: Iterable[StepSpec],
        partitions: Mapping[str, int],
        directory: Path,
        resources: Resources,
        cached_objects: int,
        new_commit: "NewCommit",
        new_reader: NewReader,
        clock: Clock,
        observer: Observer,
        on_failure: Callable[[TaskId, Exception], None],
        batch_max_records: int,
        interval_s: float = 0.0,
        behind: Callable[[Collection[str]], int] = lambda topics: 0,
        deferral: Deferral | None = None,
    ) -> None:
        self._behind = behind
        self._deferral = deferral
        self._specs = {spec.name: spec for spec in specs}
        self._steps = {topic: spec.name for spec in self._specs.values() for topic in spec.topics}
        self._partitions = partitions
        self._directory = directory
        self._resources = resources
        self._generations = Generations(cached_objects)
        self._batch_max_records = batch_max_records
        self._turns = Turns()
        self._interval_s = interval_s
        self._new_commit = new_commit
        self._new_reader = new_reader
        self._clock = clock
        self._observer = observer
        self._on_failure = on_failure
        self._tasks: dict[TaskId, Task] = {}
        self._runners: dict[TaskId, asyncio.Task[bool]] = {}
        self._opening: asyncio.Task[None] | None = None
        self._interrupted = False
        self._reached: dict[TopicPartition, int] = {}
        self.committable: dict[TopicPartition, int] = {}
        self.waiting: dict[TaskId, str] = {}
        """The tasks that cannot write what they must, and why."""
        self.missing: Collection[str] = ()
        """The input topics that are not there, as far as the group knows: nothing is read of them."""
        self.running = False
        self.restoration = Restorations()

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def ids(self) -> list[TaskId]:
        """The tasks."""
        return list(self._tasks)

    @property
    def stores(self) -> Iterator[tuple[str, Store]]:
        """The databases, each with its step's name."""
        return ((step, task.store) for (step, _), task in self._tasks.items())

    @property
    def cache(self) -> Generations:
        """The decoded objects."""
        return self._generations

    def step_of(self, topic: str) -> str:
        """The step that reads `topic` (a full name)."""
        return self._steps[topic]

    def has_room(self, tp: tuple[str, int]) -> bool:
        """Whether the task of this topic partition takes another batch."""
        task = self._tasks.get((self._steps[tp[0]], tp[1]))
        return task is not None and task.inbox.has_room

    def reserve(self, step: str, partition: int) -> None:
        """A batch was fetched for this task."""
        self._tasks[step, partition].inbox.reserve()

    def skip_to(self, tp: TopicPartition, position: int) -> None:
        """The consumer is at `position` of `tp`, with nothing to process before it."""
        task = self._tasks.get((self._steps[tp.topic], tp.partition))
        if self.running and task is not None and self._reached.get(tp) != position:
            self._reached[tp] = position
            task.inbox.skip_to(tp, position)

    def accept(self, batch: Batch, generation: int) -> None:
        """Give a task its batch, unless a rebalance came between: its new owner fetches it again."""
        task = self._tasks.get((batch.step, batch.partition))
        if self.running and task is not None and batch.generation == generation:
            self._reached.update(batch.positions)
            task.accept(batch)

    def view(self, step: str, partition: int) -> View | None:
        """The state of a task that runs here; None during a rebalance, or when another worker has it."""
        task = self._tasks.get((step, partition))
        return task.view if self.running and task is not None else None

    def gets_on(self, tp: TopicPartition) -> bool:
        """Whether the task of this topic partition is at work: it neither waits for a topic nor has ended."""
        task_id = self._steps[tp.topic], tp.partition
        runner = self._runners.get(task_id)
        return runner is not None and not runner.done() and task_id not in self.waiting

    def take_committable(self) -> dict[TopicPartition, int]:
        """The offsets of finished batches since the last call."""
        offsets = dict(self.committable)
        self.committable.clear()
        return offsets

    async def open(self, assigned: Collection[TopicPartition]) -> bool:
        """Take over exactly the tasks of these input partitions, restored; broker errors are waited out.

        Returns False when `drain` interrupted it.
        """
        wanted = {(self._steps[tp.topic], tp.partition) for tp in assigned if tp.topic in self._steps}
        inputs = {topic for step, _ in wanted for topic in self._specs[step].topics}
        self.missing = sorted(inputs - {tp.topic for tp in assigned})
        self.restoration.durations.begin()
        self._opening = asyncio.create_task(self._open(wanted))
        await asyncio.wait({self._opening})
        opening, self._opening = self._opening, None
        if opening.cancelled():
            return False
        opening.result()
        self.restoration.durations.end()
        return True

    def start(self) -> None:
        """Begin to process what `open` has taken over."""
        self._reached = {}
        self.running = True
        for task_id, task in self._tasks.items():
            self._runners[task_id] = asyncio.create_task(
                self._run(task_id, task), name="/".join(map(str, task_id))
            )

    async def drain(self, patience_s: float) -> None:
        """Stop processing: batches in flight finish within `patience_s` seconds or are dropped whole; the
        others are dropped.
        """
        self.running = False
        if self._opening is not None:
            await end({self._opening}, _CANCEL_AGAIN_S)
        for task in self._tasks.values():
            task.stop()
        # A rebalance may still be at this when the worker is stopped.
        runners = dict(self._runners)
        for task_id in self.waiting.keys() & runners.keys():
            runners[task_id].cancel()
        if runners:
            _, unfinished = await asyncio.wait(runners.values(), timeout=patience_s)
            await end(unfinished, _CANCEL_AGAIN_S)
        for task_id, runner in runners.items():
            if runner.cancelled() or runner.result() is False:
                self._tasks[task_id].reset()
        self._runners = {}

    async def close(self) -> None:
        """Let go of every task. `drain` first."""
        await self._release(set(self._tasks))

    async def _open(self, wanted: set[TaskId]) -> None:
        # One that did not get to its end may have restored what decoded objects do not know of.
        interrupted, self._interrupted = self._interrupted, True
        await self._release(self._tasks.keys() - wanted)
        for step, partition in wanted - self._tasks.keys():
            self._tasks[step, partition] = await self._new_task(step, partition)
            # To open a store takes 30 ms, and a heartbeat must not wait for all of them.
            await asyncio.sleep(0)
        changed = await self._restored()
        for task in self._tasks.values():
            if interrupted or changed is None or task.store in changed:
                task.reset()
            task.reopen()
        self._interrupted = False

    async def _new_task(self, step: str, partition: int) -> Task:
        spec = self._specs[step]
        return Task(
            spec,
            partition,
            self._partitions[spec.topics[0]],
            store=await Store.open(self._directory / f"{step}-{partition}", self._resources),
            commit=self._new_commit(step, partition),
            generations=self._generations,
            max_records=self._batch_max_records,
            turns=self._turns,
            interval_s=self._interval_s,
            congested=partial(self._congested, spec.feeds),
            deferral=self._deferral,
        )

    async def _restored(self) -> set[Store] | None:
        """Restore all tasks; broker errors are waited out. Returns which changed; None: any may have."""
        interrupted = False
        while True:
            try:
                # Fencing comes first: after it nobody else adds to the changelogs that are read next.
                await every(task.commit.open() for task in self._tasks.values())
                changed = await restore(self._changelogs(), self._new_reader, self.restoration)
                return None if interrupted else changed
            except FORBIDDEN:
                raise
            except (KafkaError, asyncio.CancelledError) as error:
                if cancelled():
                    raise
                interrupted = True
                log.warning("restoring state: %r, trying again", error)
                await asyncio.sleep(_RETRY_S)

    def _congested(self, feeds: Collection[str]) -> bool:
        return bool(feeds) and self._behind(feeds) > _CONGESTION

    def _changelogs(self) -> list[Changelog]:
        return [
            Changelog(table.changelog, partition, table.name, task.store)
            for (_, partition), task in self._tasks.items()
            for table in task.spec.tables
        ]

    async def _release(self, task_ids: Iterable[TaskId]) -> None:
        released = [self._tasks.pop(task_id) for task_id in task_ids]
        await asyncio.gather(*(task.close() for task in released))

    async def _run(self, task_id: TaskId, task: Task) -> bool:
        """Run a task; returns False when its state must go back to the last commit."""
        try:
            await task.run(self._clock, self._observer)
        except asyncio.CancelledError:
            if cancelled():
                raise
            self._failed(task_id, CommitFailed("cancelled, and nobody asked for it"))
        except Exception as error:
            self._failed(task_id, error)
        else:
            return True
        return False

    def _failed(self, task_id: TaskId, error: Exception) -> None:
        unexpected = None if isinstance(error, (CommitFailed, Halt, Unreadable)) else error
        where = dict(zip(("step", "partition"), task_id, strict=True))
        log.error("%s-%d: %s", *task_id, error, exc_info=unexpected, extra=where)
        if not isinstance(error, Halt):
            self._on_failure(task_id, error)


NewCommit = Callable[[str, int], Commit]
"""Makes the commit of a task from its step's name and its partition."""
