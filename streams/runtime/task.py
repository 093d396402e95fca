"""One step on one partition: takes fetched batches, folds them, makes their effects durable."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from streams.runtime.commit import Commit
from streams.runtime.records import Batch, Effects
from streams.runtime.step import StepContext, StepSpec
from streams.runtime.store import Store
from streams.runtime.table import Table

log = logging.getLogger(__name__)

Clock = Callable[[], int]
"""Now, in epoch milliseconds."""

# Waiting for a deadline is cut into pieces, so that a clock that jumps is noticed.
_LONGEST_WAIT_S = 1.0


class Observer(Protocol):
    """Is told of every finished batch (for metrics)."""

    def finished(self, batch: Batch, effects: Effects, folding_s: float, committing_s: float) -> None: ...


class Task:
    """Owns the state of one step on one partition, from assignment to revocation.

    At most one batch is being processed and one more waits; `has_room` tells the transport when to fetch the
    next.
    """

    def __init__(
        self, spec: StepSpec, partition: int, partitions: int, store: Store, commit: Commit, cached: int
    ) -> None:
        self.spec = spec
        self.partition = partition
        self.store = store
        self.commit = commit
        self._context = StepContext(
            partition,
            partitions,
            {table.name: Table(table.name, table.codec, store, cached) for table in spec.tables},
        )
        self._step = spec.build(self._context)
        self._inbox: asyncio.Queue[Batch | None] = asyncio.Queue()
        self._reserved = False

    @property
    def has_room(self) -> bool:
        """Whether a batch may be fetched for this task."""
        return not self._reserved

    def reserve(self) -> None:
        """A batch is on its way through Faust to this task."""
        self._reserved = True

    def accept(self, batch: Batch) -> None:
        """Queue the batch that was reserved."""
        self._inbox.put_nowait(batch)

    async def run(self, clock: Clock, observer: Observer) -> None:
        """Process batches and deadlines until `stop`. Raises CommitFailed."""
        while True:
            batch = await self._next(clock)
            if batch is None:
                return
            await self.process(batch, clock(), observer)

    def stop(self) -> None:
        """End `run` after the batch that is being processed; one that waits is dropped whole, to be fetched
        again.
        """
        while not self._inbox.empty():
            self._inbox.get_nowait()
        self._reserved = False
        self._inbox.put_nowait(None)

    async def process(self, batch: Batch, now: int, observer: Observer) -> None:
        """Fold one batch at `now` (epoch milliseconds) and make its effects durable. Raises CommitFailed."""
        started = time.perf_counter()
        outputs = list(self._step.process(batch, now))
        writes = {table.changelog: self._context.tables[table.name].drain() for table in self.spec.tables}
        effects = Effects(outputs, writes, batch.positions())
        folded = time.perf_counter()
        if outputs or effects.offsets or any(writes.values()):
            positions = await self.commit.publish(effects)
            self.store.write({table.name: writes[table.changelog] for table in self.spec.tables}, positions)
            self.commit.finished(effects)
        observer.finished(batch, effects, folded - started, time.perf_counter() - folded)

    def reopen(self) -> None:
        """Be ready for `run` again after `stop`."""
        self._inbox = asyncio.Queue()
        self._reserved = False

    def reset(self) -> None:
        """Go back to what is in the store: forget unfinished writes, decoded objects and what the step
        remembers.
        """
        for table in self._context.tables.values():
            table.discard()
        self._step = self.spec.build(self._context)

    async def close(self) -> None:
        """Let go of the store and of connections."""
        await self.commit.close()
        self.store.close()

    async def _next(self, clock: Clock) -> Batch | None:
        """The next batch, an empty one when a deadline has come, or None to stop."""
        while True:
            deadline = self._step.deadline()
            wait_s = (
                _LONGEST_WAIT_S if deadline is None else min(_LONGEST_WAIT_S, (deadline - clock()) / 1000)
            )
            try:
                batch = (
                    self._inbox.get_nowait()
                    if self._inbox.qsize()
                    else await asyncio.wait_for(self._inbox.get(), max(0.0, wait_s))
                )
                self._reserved = False
                return batch
            except TimeoutError:
                if deadline is not None and deadline <= clock():
                    return Batch(self.spec.name, self.partition, 0, {})
