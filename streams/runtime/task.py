"""One step on one partition: takes fetched batches, folds them, makes their effects durable."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from streams.runtime.commit import Commit
from streams.runtime.generations import Generations
from streams.runtime.inbox import Inbox
from streams.runtime.records import Batch, Effects, Outgoing
from streams.runtime.saving import Deferral, saving
from streams.runtime.step import Halt, StepContext, StepSpec, never
from streams.runtime.store import Store
from streams.runtime.table import Table
from streams.runtime.turns import Turns
from streams.runtime.view import View

Clock = Callable[[], int]
"""Now, in epoch milliseconds."""

# Waiting for a deadline is cut into pieces, so that a clock that jumps is noticed.
_LONGEST_WAIT_S = 1.0
# How often a task looks whether it is still congested.
_CONGESTED_S = 0.01
# How often a batch asks whether it may take effect.
_ADMITTED_S = 0.05
# As many as take some milliseconds: for so long web requests, and the commits of other tasks, wait.
AT_ONCE = 64


def _stay() -> None:
    """Of a batch that is processed without a turn there is none to end."""


class Observer(Protocol):
    """Is told of every finished batch (for metrics)."""

    def finished(self, batch: Batch, effects: Effects, folding_s: float, committing_s: float) -> None: ...


class Task:
    """Owns the state of one step on one partition, from assignment to revocation.

    One batch is being processed at a time, of at most `max_records`; what is fetched meanwhile waits in
    `inbox`, to be the next one. Small batches begin no closer together than `interval_s`. State is durable
    with a batch's outputs, or by `deferral` later.
    """

    def __init__(
        self,
        spec: StepSpec,
        partition: int,
        partitions: int,
        store: Store,
        commit: Commit,
        generations: Generations,
        max_records: int,
        turns: Turns,
        interval_s: float = 0.0,
        congested: Callable[[], bool] = never,
        deferral: Deferral | None = None,
    ) -> None:
        self._max_records = max_records
        self._turns = turns
        self._interval_s = interval_s
        self.spec = spec
        self.partition = partition
        self.store = store
        self.commit = commit
        self._saving = saving(commit, store, spec.tables, deferral)
        reader = self._saving.reader
        self._context = StepContext(
            partition,
            partitions,
            {table.name: Table(table.name, table.codec, reader, generations) for table in spec.tables},
            congested,
        )
        self._step = spec.build(self._context)
        self.reopen()

    def reopen(self) -> None:
        """Be ready for `run`, at first and again after `stop`."""
        self.inbox = Inbox(Batch(self.spec.name, self.partition), self._max_records, self._interval_s)
        self._in_flight: list[Effects] = []
        self._stopping = False
        self._woken = asyncio.Event()

    def accept(self, batch: Batch) -> None:
        """Take the batch that was reserved in `inbox`."""
        self.inbox.accept(batch)
        self._woken.set()

    def stop(self) -> None:
        """End `run` after the batch in process, and with all state durable; a batch that waits is dropped
        whole, to be fetched again.
        """
        self.inbox.clear()
        self._stopping = True
        self._woken.set()

    async def run(self, clock: Clock, observer: Observer) -> None:
        """Process batches and deadlines until `stop`. Raises CommitFailed."""
        try:
            await self._run(clock, observer)
        except Halt:
            await self._saving.save()
            raise
        await self._saving.save()

    async def _run(self, clock: Clock, observer: Observer) -> None:
        while True:
            idle = await self._wait(clock)
            if self._stopping:
                return
            due = self._step_in_s(clock) <= 0
            if due or self.inbox.due_in_s() <= 0 or (idle and not len(self.inbox)):
                async with self._turns.turn(len(self.inbox)) as leave:
                    await self._process_waiting(clock, observer, due, leave)
            elif self._saving.due_in_s() <= 0:
                async with self._turns.turn(0):
                    await self._saving.save()

    async def _process_waiting(
        self, clock: Clock, observer: Observer, due: bool, leave: Callable[[], None]
    ) -> None:
        if self._stopping:
            return
        batch = self.inbox.take()
        if due or len(batch) or batch.positions:
            await self.process(batch, clock(), observer, leave)

    async def process(
        self, batch: Batch, now: int, observer: Observer, leave: Callable[[], None] = _stay
    ) -> None:
        """Fold one batch at `now` (epoch milliseconds) and make its effects durable. While they are not
        admitted it has to `leave` its turn. Raises CommitFailed.
        """
        outputs, folding_s = await self._fold(batch, now)
        if not await self._admitted(batch, outputs, leave):
            await self._saving.save()
            self.reset()
            return
        started = time.perf_counter()
        async with self._turns.stretch():
            writes = {table.changelog: self._context.tables[table.name].drain() for table in self.spec.tables}
        effects = Effects(outputs, writes, batch.positions)
        if outputs or effects.offsets or any(writes.values()):
            self._in_flight.append(effects)
            await self._saving.apply(effects)
            self._in_flight.pop(0)
        observer.finished(batch, effects, folding_s, time.perf_counter() - started)
        await self._save_what_is_due()

    async def _save_what_is_due(self) -> None:
        if self._saving.due_in_s() <= 0:
            await self._saving.save()

    async def _fold(self, batch: Batch, now: int) -> tuple[list[Outgoing], float]:
        """What comes of a batch, and how many seconds it took. In between others have their turn."""
        outputs: list[Outgoing] = []
        folding_s = 0.0
        for piece in batch.pieces(AT_ONCE):
            async with self._turns.stretch():
                started = time.perf_counter()
                outputs += self._step.process(piece, now)
                folding_s += time.perf_counter() - started
        return outputs, folding_s

    async def _admitted(self, batch: Batch, outputs: Sequence[Outgoing], leave: Callable[[], None]) -> bool:
        """Wait until a batch may take effect; returns False when `stop` came before. Raises Halt."""
        admitted, since = self.spec.admission(batch, outputs), time.monotonic()
        while not admitted(time.monotonic() - since):
            if self._stopping:
                return False
            leave()
            await self._save_what_is_due()
            await asyncio.sleep(_ADMITTED_S)
        return True

    @property
    def view(self) -> View:
        """The published state, for readers outside of the step."""
        reader = self._saving.reader
        return View(self.spec, self.partition, self._context.partitions, reader, tuple(self._in_flight))

    def reset(self) -> None:
        """Forget all that is not in the store: unfinished writes, decoded objects, the step's memory."""
        self._saving.drop()
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
        while not self._stopping:
            self._woken.clear()
            wait_s = self._patience_s(clock)
            if wait_s <= 0:
                return False
            try:
                await asyncio.wait_for(self._woken.wait(), wait_s)
            except TimeoutError:
                return wait_s == _LONGEST_WAIT_S
        return False

    def _patience_s(self, clock: Clock) -> float:
        """Seconds until there is something to do, as far as is known now."""
        ahead = self._step_in_s(clock), self._saving.due_in_s(), self.inbox.due_in_s()
        return min(_LONGEST_WAIT_S, *ahead)

    def _step_in_s(self, clock: Clock) -> float:
        deadline = self._step.deadline()
        if deadline is None:
            return _LONGEST_WAIT_S
        if self._context.congested():
            return _CONGESTED_S
        return (deadline - clock()) / 1000
