"""One step on one partition: takes fetched batches, folds them, makes their effects durable."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from aiokafka.structs import TopicPartition

from streams.runtime.commit import Commit
from streams.runtime.generations import Generations
from streams.runtime.records import Batch, Effects
from streams.runtime.step import StepContext, StepSpec
from streams.runtime.store import Store
from streams.runtime.table import Table
from streams.runtime.view import View

Clock = Callable[[], int]
"""Now, in epoch milliseconds."""

# Waiting for a deadline is cut into pieces, so that a clock that jumps is noticed.
_LONGEST_WAIT_S = 1.0
# So many records carry what a batch costs in itself; the next ones need not be gathered.
_MANY = 1_000


class Observer(Protocol):
    """Is told of every finished batch (for metrics)."""

    def finished(self, batch: Batch, effects: Effects, folding_s: float, committing_s: float) -> None: ...


class Task:
    """Owns the state of one step on one partition, from assignment to revocation.

    At most one batch is being processed and one more waits; `has_room` tells the transport when to fetch the
    next. Small batches are fetched no closer together than `interval_s`.
    """

    def __init__(
        self,
        spec: StepSpec,
        partition: int,
        partitions: int,
        store: Store,
        commit: Commit,
        generations: Generations,
        interval_s: float = 0.0,
    ) -> None:
        self._interval_s = interval_s
        self.spec = spec
        self.partition = partition
        self.store = store
        self.commit = commit
        self._context = StepContext(
            partition,
            partitions,
            {table.name: Table(table.name, table.codec, store, generations) for table in spec.tables},
        )
        self._step = spec.build(self._context)
        self.reopen()

    def reopen(self) -> None:
        """Be ready for `run`, at first and again after `stop`."""
        self._has_room = True
        self._next_at = 0.0
        self._waiting: Batch | None = None
        self._skipped: dict[TopicPartition, int] = {}
        self._in_flight: list[Effects] = []
        self._stopping = False
        self._woken = asyncio.Event()

    @property
    def has_room(self) -> bool:
        """Whether the next batch may be fetched."""
        return self._has_room and time.monotonic() >= self._next_at

    def reserve(self) -> None:
        """A batch is on its way through Faust to this task."""
        self._has_room = False

    def accept(self, batch: Batch) -> None:
        """Take the batch that was reserved."""
        assert self._waiting is None, "a task was given two batches at once"
        self._waiting = batch
        self._woken.set()

    def skip_to(self, tp: TopicPartition, position: int) -> None:
        """The consumer went on to `position` without a record: what lies before it are markers."""
        self._skipped[tp] = position

    def stop(self) -> None:
        """End `run` after the batch in process; one that waits is dropped whole, to be fetched again."""
        self._waiting = None
        self._stopping = True
        self._woken.set()

    async def run(self, clock: Clock, observer: Observer) -> None:
        """Process batches and deadlines until `stop`. Raises CommitFailed."""
        while True:
            idle = await self._wait(clock)
            if self._stopping:
                return
            batch = self._take()
            if len(batch) or self._is_due(clock) or (idle and batch.positions):
                await self.process(batch, clock(), observer)

    async def process(self, batch: Batch, now: int, observer: Observer) -> None:
        """Fold one batch at `now` (epoch milliseconds) and make its effects durable. Raises CommitFailed."""
        started = time.perf_counter()
        outputs = list(self._step.process(batch, now))
        writes = {table.changelog: self._context.tables[table.name].drain() for table in self.spec.tables}
        effects = Effects(outputs, writes, batch.positions)
        folded = time.perf_counter()
        if outputs or effects.offsets or any(writes.values()):
            self._in_flight.append(effects)
            positions = await self.commit.publish(effects)
            self.store.write({table.name: writes[table.changelog] for table in self.spec.tables}, positions)
            self._in_flight.pop(0)
            self.commit.finished(effects)
        observer.finished(batch, effects, folded - started, time.perf_counter() - folded)

    @property
    def view(self) -> View:
        """The committed state, for readers outside of the step."""
        return View(self.spec, self.partition, self._context.partitions, self.store, tuple(self._in_flight))

    def reset(self) -> None:
        """Forget all that is not in the store: unfinished writes, decoded objects, the step's memory."""
        for table in self._context.tables.values():
            table.discard()
        self._step = self.spec.build(self._context)

    async def close(self) -> None:
        """Let go of the store, of memory and of connections."""
        for table in self._context.tables.values():
            table.close()
        try:
            await self.commit.close()
        finally:
            self.store.close()

    async def _wait(self, clock: Clock) -> bool:
        """Wait for a batch, a deadline or `stop`; returns whether nothing came for the longest wait."""
        if not self._woken.is_set():
            deadline = self._step.deadline()
            wait_s = _LONGEST_WAIT_S
            if deadline is not None:
                wait_s = max(0.0, min(wait_s, (deadline - clock()) / 1000))
            try:
                await asyncio.wait_for(self._woken.wait(), wait_s)
            except TimeoutError:
                return wait_s == _LONGEST_WAIT_S
        return False

    def _take(self) -> Batch:
        """The batch that waits, or an empty one."""
        batch = self._waiting
        if batch is None:
            # One that is reserved may still be on its way: there is no room until it was taken.
            batch = Batch(self.spec.name, self.partition)
        else:
            self._waiting = None
            self._has_room = True
            if len(batch) < _MANY:
                self._next_at = time.monotonic() + self._interval_s
        self._woken.clear()
        positions = dict(batch.positions)
        for tp, skipped in self._skipped.items():
            positions[tp] = max(skipped, positions.get(tp, 0))
        self._skipped = {}
        return replace(batch, positions=positions)

    def _is_due(self, clock: Clock) -> bool:
        deadline = self._step.deadline()
        return deadline is not None and deadline <= clock()
