"""When the state of a batch is made durable: with its outputs, or some batches later."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

from aiokafka.structs import TopicPartition

from streams.runtime.commit import Commit
from streams.runtime.held import Held
from streams.runtime.reader import Reader
from streams.runtime.records import Effects, Write
from streams.runtime.step import TableSpec
from streams.runtime.store import Store


class Deferral(NamedTuple):
    """State is committed so many seconds after its outputs, or as soon as so many entries wait in memory."""

    interval_s: float
    max_writes: int


class Saving(Protocol):
    """Between a task and its store. `reader` reads what was published, stored or not."""

    reader: Reader

    async def apply(self, effects: Effects) -> None:
        """Publish the effects of a batch. Raises CommitFailed."""

    def due_in_s(self) -> float:
        """Seconds until `save` has something to do; for ever when nothing waits."""

    async def save(self) -> None:
        """Make all durable that waits. Raises CommitFailed."""

    def drop(self) -> None:
        """Go back to what is durable."""


class AtOnce:
    """State goes with the outputs."""

    def __init__(self, commit: Commit, store: Store, tables: Sequence[TableSpec]) -> None:
        self.reader: Reader = store
        self._commit = commit
        self._store = store
        self._tables = tables

    async def apply(self, effects: Effects) -> None:
        positions = await self._commit.publish(effects)
        self._store.write(_by_table(effects, self._tables), positions)
        self._commit.finished(effects)

    def due_in_s(self) -> float:
        return float("inf")

    async def save(self) -> None:
        return None

    def drop(self) -> None:
        return None


class Later:
    """Outputs go at once, state when it is due: changelogs and input offsets of all batches since, the latest
    write of each key (why: docs/decisions/014).
    """

    def __init__(self, commit: Commit, store: Store, tables: Sequence[TableSpec], deferral: Deferral) -> None:
        self._commit = commit
        self._store = store
        self._tables = tables
        self._deferral = deferral
        self._held = Held(store)
        self.reader: Reader = self._held
        self._offsets: dict[TopicPartition, int] = {}
        self._due_at = float("inf")

    async def apply(self, effects: Effects) -> None:
        if effects.outputs:
            await self._commit.publish(replace(effects, changelog={}, offsets={}))
        self._held.hold(_by_table(effects, self._tables))
        self._offsets.update(effects.offsets)
        interval_s, max_writes = self._deferral
        wait_s = interval_s if len(self._held) < max_writes else 0.0
        self._due_at = min(self._due_at, _now() + wait_s)

    def due_in_s(self) -> float:
        return self._due_at - _now()

    async def save(self) -> None:
        if self._due_at == float("inf"):
            return
        writes = self._held.writes
        changelog = {table.changelog: writes.get(table.name, ()) for table in self._tables}
        state = Effects((), changelog, self._offsets)
        positions = await self._commit.publish(state)
        self._store.write(writes, positions)
        self._commit.finished(state)
        self.drop()

    def drop(self) -> None:
        self._held.let_go()
        self._offsets = {}
        self._due_at = float("inf")


def saving(commit: Commit, store: Store, tables: Sequence[TableSpec], deferral: Deferral | None) -> Saving:
    """State goes with its outputs, or later."""
    return AtOnce(commit, store, tables) if deferral is None else Later(commit, store, tables, deferral)


def _by_table(effects: Effects, tables: Sequence[TableSpec]) -> Mapping[str, Sequence[Write]]:
    return {table.name: effects.changelog[table.changelog] for table in tables}


def _now() -> float:
    return asyncio.get_running_loop().time()
