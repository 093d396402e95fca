"""When the state of a batch is made durable: with its outputs, or some batches later."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from aiokafka.structs import TopicPartition

from streams.runtime.commit import Commit
from streams.runtime.held import Held
from streams.runtime.records import Effects, Write
from streams.runtime.store import Store
from streams.runtime.table import Reader

# So many writes are worth a transaction of their own, and are as much as may wait in memory.
_MANY = 5_000


class Saving(Protocol):
    """Between a task and its store. `reader` reads what was published, stored or not."""

    reader: Reader

    async def apply(self, effects: Effects, changes: Mapping[str, Sequence[Write]]) -> None:
        """Publish `effects` of a batch; `changes` are its writes by table. Raises CommitFailed."""

    def due_in_s(self) -> float:
        """Seconds until `save` has something to do; for ever when nothing waits."""

    async def save(self) -> None:
        """Make all durable that waits. Raises CommitFailed."""

    def drop(self) -> None:
        """Go back to what is durable."""


class AtOnce:
    """State goes with the outputs."""

    def __init__(self, commit: Commit, store: Store) -> None:
        self.reader: Reader = store
        self._commit = commit
        self._store = store

    async def apply(self, effects: Effects, changes: Mapping[str, Sequence[Write]]) -> None:
        positions = await self._commit.publish(effects)
        self._store.write(changes, positions)
        self._commit.finished(effects)

    def due_in_s(self) -> float:
        return float("inf")

    async def save(self) -> None:
        return None

    def drop(self) -> None:
        return None


class Later:
    """Outputs go at once, state every `interval_s` or when it is much: changelogs and input offsets of all
    batches since, the latest write of each key (why: docs/decisions/014).
    """

    def __init__(
        self, commit: Commit, store: Store, changelogs: Mapping[str, str], interval_s: float
    ) -> None:
        """`changelogs` by table."""
        self._commit = commit
        self._store = store
        self._changelogs = changelogs
        self._interval_s = interval_s
        self._held = Held(store)
        self.reader: Reader = self._held
        self._offsets: dict[TopicPartition, int] = {}
        self._due_at = float("inf")

    async def apply(self, effects: Effects, changes: Mapping[str, Sequence[Write]]) -> None:
        if effects.outputs:
            await self._commit.publish(replace(effects, changelog={}, offsets={}))
        self._held.hold(changes)
        self._offsets.update(effects.offsets)
        wait_s = self._interval_s if len(self._held) < _MANY else 0.0
        self._due_at = min(self._due_at, _now() + wait_s)

    def due_in_s(self) -> float:
        return self._due_at - _now()

    async def save(self) -> None:
        if self._due_at == float("inf"):
            return
        writes = self._held.writes
        state = Effects((), {self._changelogs[table]: each for table, each in writes.items()}, self._offsets)
        positions = await self._commit.publish(state)
        self._store.write(writes, positions)
        self._commit.finished(state)
        self.drop()

    def drop(self) -> None:
        self._held.let_go()
        self._offsets = {}
        self._due_at = float("inf")


def _now() -> float:
    return asyncio.get_running_loop().time()
