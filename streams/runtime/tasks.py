"""All tasks of a worker: run as partitions are assigned and revoked, given what was fetched."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterator

from aiokafka.structs import TopicPartition

from streams.runtime.cancelling import cancelled, end
from streams.runtime.commit import CommitFailed
from streams.runtime.generations import Generations
from streams.runtime.records import Batch
from streams.runtime.restore import Restorations
from streams.runtime.step import Halt, TaskId
from streams.runtime.store import Store
from streams.runtime.table import Unreadable
from streams.runtime.takeover import Takeover
from streams.runtime.task import Clock, Observer, Task
from streams.runtime.view import View

log = logging.getLogger(__name__)

_CANCEL_AGAIN_S = 2.0


class Tasks:
    """The tasks of the partitions that this worker has, and their offsets to commit."""

    def __init__(
        self,
        takeover: Takeover,
        clock: Clock,
        observer: Observer,
        on_failure: Callable[[TaskId, Exception], None],
    ) -> None:
        self._specs = takeover.specs
        self._steps = {topic: spec.name for spec in self._specs.values() for topic in spec.topics}
        self._takeover = takeover
        self._clock = clock
        self._observer = observer
        self._on_failure = on_failure
        self._tasks = takeover.tasks
        self._runners: dict[TaskId, asyncio.Task[bool]] = {}
        self._opening: asyncio.Task[None] | None = None
        self._reached: dict[TopicPartition, int] = {}
        self.committable: dict[TopicPartition, int] = {}
        self.waiting: dict[TaskId, str] = {}
        """The tasks that cannot write what they must, and why."""
        self.missing: Collection[str] = ()
        """The input topics that are not there, as far as the group knows: nothing is read of them."""
        self.running = False

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
        return self._takeover.generations

    @property
    def restoration(self) -> Restorations:
        """How restoring gets on."""
        return self._takeover.restoration

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
        self._opening = asyncio.create_task(self._takeover.take_over(wanted))
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
        await self._takeover.release(set(self._tasks))

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
