"""When the state of a batch is made durable, in Kafka and in the store: with its outputs, or later."""

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


class Waiting:
    """What is not in the store yet: by when it is to be, the latest write of each key, and positions."""

    def __init__(self, store: Store, tables: Sequence[TableSpec], deferral: Deferral) -> None:
        self._tables = tables
        self._deferral = deferral
        self.held = Held(store)
        self.offsets: dict[TopicPartition, int] = {}
        self.positions: dict[str, int] = {}
        self._due_at = _NEVER

    def add(self, effects: Effects, positions: Mapping[str, int]) -> None:
        """What a batch wrote, and how far its changelogs are with it, as far as it was published."""
        self.held.hold(_by_table(effects, self._tables))
        self.offsets.update(effects.offsets)
        self.positions.update(positions)
        interval_s, max_writes, _ = self._deferral
        wait_s = interval_s if len(self.held) < max_writes else 0.0
        self._due_at = min(self._due_at, _now() + wait_s)

    @property
    def due_in_s(self) -> float:
        """Seconds that are left; for ever when nothing waits."""
        return self._due_at - _now()

    def clear(self) -> None:
        """All of it is stored, or is not to be."""
        self.held.let_go()
        self.offsets, self.positions = {}, {}
        self._due_at = _NEVER


class StateLater:
    """Outputs go at once, state when it is due: changelogs and input offsets of all batches since, the latest
    write of each key (why: docs/decisions/014).
    """

    def __init__(self, commit: Commit, store: Store, tables: Sequence[TableSpec], waiting: Waiting) -> None:
        self._commit = commit
        self._store = store
        self._tables = tables
        self._waiting = waiting
        self.reader: Reader = waiting.held

    async def apply(self, effects: Effects) -> None:
        if effects.outputs:
            await self._commit.publish(replace(effects, changelog={}, offsets={}))
        self._waiting.add(effects, {})

    def due_in_s(self) -> float:
        return self._waiting.due_in_s

    async def save(self) -> None:
        if self.due_in_s() == _NEVER:
            return
        writes = self._waiting.held.writes
        changelog = {table.changelog: writes.get(table.name, ()) for table in self._tables}
        state = Effects((), changelog, self._waiting.offsets)
        positions = await self._commit.publish(state)
        self._store.write(writes, positions)
        self._commit.finished(state)
        self.drop()

    def drop(self) -> None:
        self._waiting.clear()


class StoreLater:
    """All goes at once but to the store, which follows when it is due: what it lacks after a crash its
    changelogs have.
    """

    def __init__(self, commit: Commit, store: Store, waiting: Waiting) -> None:
        self._commit = commit
        self._store = store
        self._waiting = waiting
        self.reader: Reader = waiting.held

    async def apply(self, effects: Effects) -> None:
        positions = await self._commit.publish(effects)
        self._waiting.add(effects, positions)
        self._commit.finished(effects)

    def due_in_s(self) -> float:
        return self._waiting.due_in_s

    async def save(self) -> None:
        if self.due_in_s() < _NEVER:
            self._store.write(self._waiting.held.writes, self._waiting.positions)
            self.drop()

    def drop(self) -> None:
        self._waiting.clear()


def saving(commit: Commit, store: Store, tables: Sequence[TableSpec], deferral: Deferral | None) -> Saving:
    """State goes with its outputs, or later."""
    if deferral is None:
        return AtOnce(commit, store, tables)
    waiting = Waiting(store, tables, deferral)
    if deferral.published:
        return StoreLater(commit, store, waiting)
    return StateLater(commit, store, tables, waiting)


def _by_table(effects: Effects, tables: Sequence[TableSpec]) -> Mapping[str, Sequence[Write]]:
    return {table.name: effects.changelog[table.changelog] for table in tables}


def _now() -> float:
    return asyncio.get_running_loop().time()
