"""When the state of a batch is made durable, in Kafka and in the store: with its outputs, or later."""

import asyncio
from abc import ABC, abstractmethod
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

_NEVER = float("inf")


class Deferral(NamedTuple):
    """How far state may follow its outputs: so many seconds, or until so many entries wait in memory.

    With `published` its changelog does not follow, only the store.
    """

    interval_s: float
    max_writes: int
    published: bool = False


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
        return _NEVER

    async def save(self) -> None:
        return None

    def drop(self) -> None:
        return None


class Later(ABC):
    """What waits: the latest write of each key over the store, and by when all of it is to be saved."""

    def __init__(self, commit: Commit, store: Store, tables: Sequence[TableSpec], deferral: Deferral) -> None:
        self._commit = commit
        self._store = store
        self._tables = tables
        self._deferral = deferral
        self._held = Held(store)
        self.reader: Reader = self._held
        self._offsets: dict[TopicPartition, int] = {}
        self._positions: dict[str, int] = {}
        self._due_at = _NEVER

    def due_in_s(self) -> float:
        return self._due_at - _now()

    async def save(self) -> None:
        if self._due_at < _NEVER:
            await self._save()
            self.drop()

    @abstractmethod
    async def _save(self) -> None:
        """What `save` does when something waits."""

    def drop(self) -> None:
        self._held.let_go()
        self._offsets, self._positions = {}, {}
        self._due_at = _NEVER

    def _wait(self, effects: Effects) -> None:
        self._held.hold(_by_table(effects, self._tables))
        interval_s, max_writes, _ = self._deferral
        wait_s = interval_s if len(self._held) < max_writes else 0.0
        self._due_at = min(self._due_at, _now() + wait_s)


class StateLater(Later):
    """Outputs go at once, state when it is due: changelogs and input offsets of all batches since, the latest
    write of each key (why: docs/decisions/031).
    """

    async def apply(self, effects: Effects) -> None:
        if effects.outputs:
            await self._commit.publish(replace(effects, changelog={}, offsets={}))
        self._offsets.update(effects.offsets)
        self._wait(effects)

    async def _save(self) -> None:
        writes = self._held.writes
        changelog = {table.changelog: writes.get(table.name, ()) for table in self._tables}
        state = Effects((), changelog, self._offsets)
        positions = await self._commit.publish(state)
        self._store.write(writes, positions)
        self._commit.finished(state)


class StoreLater(Later):
    """All goes at once but to the store, which follows when it is due: what it lacks after a crash its
    changelogs have (docs/decisions/019).
    """

    async def apply(self, effects: Effects) -> None:
        positions = await self._commit.publish(effects)
        if positions:  # else it moved offsets only, which the store does not have
            self._positions.update(positions)
            self._wait(effects)
        self._commit.finished(effects)

    async def _save(self) -> None:
        self._store.write(self._held.writes, self._positions)


def saving(commit: Commit, store: Store, tables: Sequence[TableSpec], deferral: Deferral | None) -> Saving:
    """State goes with its outputs, or later."""
    if deferral is None:
        return AtOnce(commit, store, tables)
    later = StoreLater if deferral.published else StateLater
    return later(commit, store, tables, deferral)


def _by_table(effects: Effects, tables: Sequence[TableSpec]) -> Mapping[str, Sequence[Write]]:
    return {table.name: effects.changelog[table.changelog] for table in tables}


def _now() -> float:
    return asyncio.get_running_loop().time()
