"""A store that was away for so long that tombstones may be gone from its changelog is made anew."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from aiokafka.structs import TopicPartition

from streams.runtime import store as module
from streams.runtime.resources import Resources
from streams.runtime.restore import Changelog, restore
from streams.runtime.store import OUTDATED_AFTER_S, Store
from tests.runtime.fakes import Broker, Reader, Sent

TP = TopicPartition("log", 0)
RESOURCES = Resources(1 << 20, 1 << 20)
MOST, TOO_LONG = int(0.8 * OUTDATED_AFTER_S), int(1.2 * OUTDATED_AFTER_S)


class World:
    """A changelog, and the clock that stores go by."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.broker = Broker()
        self.broker.logs[TP] = [Sent(0, offset, b"%d" % offset, b"") for offset in range(4)]
        self.markers: set[int] = set()
        self.now = 1_000_000

    @contextmanager
    def store(self) -> Iterator[Store]:
        store = Store(self.path, RESOURCES)
        try:
            yield store
        finally:
            store.close()

    def restore(self, store: Store, reader: type[Reader] = Reader) -> None:
        asyncio.run(restore([Changelog("log", 0, "t", store)], lambda: reader(self.broker, self.markers)))

    def go_on_elsewhere(self) -> None:
        """Another worker deletes `gone` and writes more, in a transaction. The tombstone is compacted away:
        no log has it.
        """
        log = self.broker.logs[TP]
        self.markers.add(len(log) + 1)
        log += [Sent(0, len(log), b"more", b""), Sent(0, len(log) + 1, None, None)]

    def knows_what_is_gone(self) -> bool:
        """Whether a worker that has the partition now begins with it."""
        with self.store() as store:
            self.restore(store)
            (known,) = store.get("t", [b"gone"])
            assert store.get("t", [b"0", b"more"]) == [b"", b""]
            return known is not None


GONE = {"t": [(b"gone", b"")]}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path / "db")
    monkeypatch.setattr(module, "_now", lambda: world.now)
    return world


@pytest.mark.parametrize(("away_s", "known"), [(MOST, True), (TOO_LONG, False)])
def test_what_was_away_for_too_long_is_made_anew(world: World, away_s: int, known: bool) -> None:
    with world.store() as store:
        world.restore(store)
        store.write(GONE, {"log": 4})
    world.now += away_s
    world.go_on_elsewhere()
    assert world.knows_what_is_gone() is known


def test_what_is_written_and_what_is_closed_is_current(world: World) -> None:
    with world.store() as store:
        world.restore(store)
        world.now += TOO_LONG
        store.write(GONE, {"log": 4})
        world.now += MOST
    world.now += MOST
    world.go_on_elsewhere()
    assert world.knows_what_is_gone()


def test_a_worker_that_was_killed_counts_from_its_last_write(world: World) -> None:
    with world.store() as store:
        world.restore(store)
        world.now += TOO_LONG
        store.write(GONE, {"log": 4})
        store._in_use = False  # it will not be closed as one that is
    world.now += MOST
    world.go_on_elsewhere()
    assert world.knows_what_is_gone()


def test_a_worker_that_stood_still_does_not_take_its_store_for_current(world: World) -> None:
    with world.store() as store:
        world.restore(store)
        store.write(GONE, {"log": 4})
        world.now += TOO_LONG
        world.go_on_elsewhere()
    assert not world.knows_what_is_gone()


def test_what_lacks_nothing_is_current_however_old_it_is(world: World) -> None:
    world.go_on_elsewhere()
    with world.store() as store:
        world.restore(store)
        store.write(GONE, {"log": 5})  # as who wrote it knows, not of the marker
    world.now += 9 * TOO_LONG
    assert world.knows_what_is_gone()


def test_what_was_written_before_there_were_stamps_is_taken_for_current_once(world: World) -> None:
    with world.store() as store:
        store.write(GONE, {"log": 4})
        store._db.put(b"t\x000", b"")
    world.now += 9 * TOO_LONG
    world.go_on_elsewhere()
    assert world.knows_what_is_gone()
    world.now += TOO_LONG
    world.go_on_elsewhere()
    assert not world.knows_what_is_gone()


class BreaksOff(Reader):
    """A broker that goes away after the first records."""

    async def getmany(self, *partitions: TopicPartition, **named: Any) -> dict[TopicPartition, list[Sent]]:
        if max(self._positions.values()) >= 2:
            raise KafkaConnectionError
        return await super().getmany(*partitions, **named)


@pytest.mark.parametrize("before", [True, False], ids=["of a store in use", "from scratch"])
def test_a_restoration_that_breaks_off_makes_nothing_current(world: World, before: bool) -> None:
    whole = world.broker.logs[TP]
    with world.store() as store:
        if before:
            world.broker.logs[TP] = whole[:1]
            world.restore(store)
            world.broker.logs[TP] = whole
            world.now += MOST
        with pytest.raises(KafkaConnectionError):
            world.restore(store, BreaksOff)
        store.write(GONE, {})
    world.now += MOST if before else TOO_LONG
    world.go_on_elsewhere()
    assert not world.knows_what_is_gone()
