"""A system, and ways in which its tables and video-status go wrong."""

import json
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from streams import keys
from streams.domain.issues import IN_REVIEW_MARK
from streams.domain.video import Video
from streams.runtime.partitioner import partition_for
from streams.runtime.records import Outgoing
from tests.support.codecs import CODECS
from tests.support.events import decided, deleted, free, invited, moderated, posted, stocked
from tests.support.simulation import NOW, Simulation, Task

V1, P1 = keys.pair("c1", "v1"), keys.pair("c1", "p1")
LATER = NOW + 1000
CONTACT = {"email": "a@b.example"}
FIRST, SECOND = keys.numbered("c1", 1), keys.numbered("c1", 4)
"""v1's."""
DELETION = keys.numbered("c2", 11)
"""v3's."""

AT_HOME, READABLE, IS_KEPT = "lies on the partition of its key", "can be read", "is of a video's history"

Break = Callable[[Simulation], None]


def system() -> Simulation:
    """A system that has seen something of everything."""
    simulation = Simulation(partitions=2)
    simulation.tell(
        posted("v1", "p1", free("p2")),
        posted("v2", "p2", at=11),
        posted("v3", "p1", creator="c2"),
        decided("p1", "rejected", contact=CONTACT),
        moderated("v1", "approved"),
        moderated("v1", "violation", product="p2", at=30),
        invited("p1", LATER),
        invited("p2", 1),
        stocked("p1", 5),
        stocked("p2", 0),
        deleted("v3", creator="c2"),
        moderated("v9", "violation"),
    )
    return simulation


def broken(break_: Break) -> Simulation:
    """The same after that happened to it."""
    simulation = system()
    break_(simulation)
    return simulation


def holder(simulation: Simulation, table: str, key: bytes) -> Task:
    """The task whose table has the key."""
    (task,) = [task for task in simulation.tasks if key in task.memory.tables[table]]
    return task


def lose(table: str, key: bytes) -> Break:
    """An entry is gone."""
    return lambda simulation: holder(simulation, table, key).memory.write({table: [(key, None)]})


def change(table: str, key: bytes, how: Callable[[Any], Any]) -> Break:
    """An entry is another: `how` returns it, or changes it in place."""

    def work(simulation: Simulation) -> None:
        task = holder(simulation, table, key)
        codec = CODECS[table]
        entry = codec.decode(task.memory.tables[table][key])
        task.memory.write({table: [(key, codec.encode(how(entry) or entry))]})

    return work


def add(table: str, key: bytes, like: bytes) -> Break:
    """There is an entry more, a copy."""

    def work(simulation: Simulation) -> None:
        task = holder(simulation, table, like)
        task.memory.write({table: [(key, task.memory.tables[table][like])]})

    return work


def lose_all(table: str) -> Break:
    """All entries are gone."""

    def work(simulation: Simulation) -> None:
        for task in simulation.tasks:
            task.memory.tables[table].clear()

    return work


def stray(table: str, key: bytes) -> Break:
    """An entry is on another partition as well."""

    def work(simulation: Simulation) -> None:
        right = holder(simulation, table, key)
        (wrong,) = [task for task in simulation.tasks if task.spec == right.spec and task is not right]
        wrong.memory.write({table: [(key, right.memory.tables[table][key])]})

    return work


def spoil(table: str, key: bytes) -> Break:
    """An entry has a format of the future."""
    return lambda simulation: holder(simulation, table, key).memory.write({table: [(key, b"\x03")]})


def publish(key: bytes, value: bytes, astray: bool = False) -> Break:
    """Publish whatever as a status, on the partition of the key or on the other one."""

    def work(simulation: Simulation) -> None:
        partition = partition_for(key, 2) ^ astray
        simulation.broker.send(Outgoing("video-status", key, value, partition=partition))

    return work


def show(video: str, **fields: Any) -> Break:
    """Publish another status of v1's; no fields: a tombstone."""

    def work(simulation: Simulation) -> None:
        (body, *_) = [
            json.loads(record.value or b"")
            for record in reversed(simulation.out("video-status"))
            if record.key == b"v1"
        ]
        value = json.dumps({**body, **fields}).encode() if fields else None
        simulation.broker.send(Outgoing("video-status", video.encode(), value))

    return work


def but(**fields: Any) -> Callable[[Any], Any]:
    """For `change`: some fields of what cannot be changed in place."""
    return lambda entry: replace(entry, **fields)


def set_(name: str, value: object) -> Callable[[Any], None]:
    """For `change`: a field."""
    return lambda entry: setattr(entry, name, value)


def told(name: str, **fields: Any) -> Callable[[Any], None]:
    """For `change`: some fields of the fact that a field holds."""
    return lambda entry: setattr(entry, name, replace(getattr(entry, name), **fields))


def in_review(video: Video) -> None:
    """For `change`: the first link was never decided."""
    video.marks = bytes([IN_REVIEW_MARK]) + video.marks[1:]
