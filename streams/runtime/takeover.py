"""Which tasks a worker has: opened and restored as partitions come, closed as they go."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from pathlib import Path

from aiokafka.errors import KafkaError

from streams.runtime.cancelling import cancelled, every
from streams.runtime.commit import Commit
from streams.runtime.connection import FORBIDDEN
from streams.runtime.generations import Generations
from streams.runtime.resources import Resources
from streams.runtime.restore import Changelog, NewReader, Restorations, restore
from streams.runtime.saving import Deferral
from streams.runtime.step import StepSpec, TaskId
from streams.runtime.store import Store
from streams.runtime.task import Task
from streams.runtime.turns import Turns

log = logging.getLogger(__name__)

_RETRY_S = 1.0
# So many records are done in a good tenth of a second; with fewer some of the tasks that read them may have
# none.
_CONGESTION = 2_000

NewCommit = Callable[[str, int], Commit]
"""Makes the commit of a task from its step's name and its partition."""


class Takeover:
    """Takes tasks over with all of their state, and lets go of them. They are in `tasks` meanwhile.

    `behind` tells how many records of some topics (full names) are yet to be processed here.
    """

    def __init__(
        self,
        specs: Iterable[StepSpec],
        partitions: Mapping[str, int],
        directory: Path,
        resources: Resources,
        cached_objects: int,
        new_commit: NewCommit,
        new_reader: NewReader,
        batch_max_records: int,
        interval_s: float = 0.0,
        behind: Callable[[Collection[str]], int] = lambda topics: 0,
        deferral: Deferral | None = None,
    ) -> None:
        self.specs = {spec.name: spec for spec in specs}
        self._partitions = partitions
        self._directory = directory
        self._resources = resources
        self._new_commit = new_commit
        self._new_reader = new_reader
        self._batch_max_records = batch_max_records
        self._interval_s = interval_s
        self._behind = behind
        self._deferral = deferral
        self._turns = Turns()
        self._interrupted = False
        self.generations = Generations(cached_objects)
        self.restoration = Restorations()
        self.tasks: dict[TaskId, Task] = {}

    async def take_over(self, wanted: set[TaskId]) -> None:
        """Have exactly the tasks `wanted`, restored and ready to run. Broker errors are waited out."""
        # One that did not get to its end may have restored what decoded objects do not know of.
        interrupted, self._interrupted = self._interrupted, True
        await self.release(self.tasks.keys() - wanted)
        for step, partition in wanted - self.tasks.keys():
            self.tasks[step, partition] = await self._new_task(step, partition)
            # To open a store takes 30 ms, and a heartbeat must not wait for all of them.
            await asyncio.sleep(0)
        changed = await self._restored()
        for task in self.tasks.values():
            if interrupted or changed is None or task.store in changed:
                task.reset()
            task.reopen()
        self._interrupted = False

    async def release(self, task_ids: Collection[TaskId]) -> None:
        """Close tasks that do not run."""
        released = [self.tasks.pop(task_id) for task_id in task_ids]
        await asyncio.gather(*(task.close() for task in released))

    async def _new_task(self, step: str, partition: int) -> Task:
        spec = self.specs[step]
        return Task(
            spec,
            partition,
            self._partitions[spec.topics[0]],
            store=await Store.open(self._directory / f"{step}-{partition}", self._resources),
            commit=self._new_commit(step, partition),
            generations=self.generations,
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
                await every(task.commit.open() for task in self.tasks.values())
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
            for (_, partition), task in self.tasks.items()
            for table in task.spec.tables
        ]
