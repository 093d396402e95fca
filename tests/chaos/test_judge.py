"""The judge sees what is wrong: each test takes a run that went well and spoils one thing of it."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.chaos.judge import Evidence, judge
from tests.support.broker import Stored
from tests.support.events import decided, deleted, invited, moderated, posted, stocked
from tests.support.simulation import NOW, Simulation

STORY = [
    posted("v1", "p1", "p2"),
    decided("p1", "rejected", contact={"email": "a@b.example"}),
    moderated("v1", "approved"),
    stocked("p2", 0),
    invited("p2", until=NOW + 10),
    posted("v2", "p2"),
    posted("v2", "p1", at=50),
    deleted("v2"),
]


class Run:
    """A simulation's evidence, to be spoiled."""

    def __init__(self) -> None:
        simulation = Simulation()
        simulation.tell(*STORY)
        simulation.publish("inventory", b"k", b"?", [("trace", b"1")], partition=1)
        simulation.pump()
        self._simulation = simulation
        self._spoiled: dict[str, list[Stored]] = {}
        self.now = simulation.now
        self.tables: dict[str, dict[bytes, bytes]] = {}
        for task in simulation.tasks:
            for spec in task.spec.tables:
                self.tables.setdefault(spec.name, {}).update(task.memory.tables[spec.name])

    def problems(self, exactly_once: bool = True) -> list[str]:
        return judge(Evidence(self.records, self.tables, self.now, exactly_once))

    def spoil(self, topic: str, change: Callable[[list[Stored]], object]) -> None:
        self._spoiled[topic] = list(self.records(topic))
        change(self._spoiled[topic])

    def records(self, topic: str) -> Sequence[Stored]:
        return self._spoiled.get(topic, self._simulation.out(topic))


V1 = max(place for place, record in enumerate(Run().records("video-status")) if record.key == b"v1")
NEWEST = max(p for p, record in enumerate(Run().records("video-status-changes")) if record.key == b"v1")
STRAY = Stored(0, 0, b"v9", b'{"links":[],"version":1}', [])


def rewrite(place: int, **fields: Any) -> Callable[[list[Stored]], None]:
    """Change fields of a record."""

    def change(records: list[Stored]) -> None:
        body = {**json.loads(records[place].value or b""), **fields}
        records[place] = records[place]._replace(value=json.dumps(body).encode())

    return change


def drop(place: int) -> Callable[[list[Stored]], None]:
    """Leave a record out."""
    return lambda records: records.__delitem__(place)


def repeat(place: int) -> Callable[[list[Stored]], None]:
    """Have a record twice."""
    return lambda records: records.append(records[place])


def test_a_run_that_went_well_has_no_problems() -> None:
    assert Run().problems() == []
    assert Run().problems(exactly_once=False) == []


@pytest.mark.parametrize(
    ("topic", "change"),
    [
        ("video-status", rewrite(V1, status="approved")),
        ("video-status", rewrite(V1, title="Another")),
        ("video-status", lambda records: records.clear() or records.append(STRAY)),
        ("video-status-changes", drop(NEWEST)),
        ("video-status-changes", drop(0)),
        ("video-status-changes", rewrite(1, version=7)),
        ("video-status-changes", rewrite(1, before=None)),
        ("video-status-changes", rewrite(NEWEST, issues_added=[])),
        ("video-status-changes", rewrite(1, cause={**json.loads('{"topic":"x","partition":0,"offset":0}'),
                                                   "event_id": "e", "type": "video_posted"})),
        ("dead-letters", drop(0)),
        ("dead-letters", drop(-1)),
        ("dead-letters", repeat(0)),
        ("dead-letters", lambda records: records.append(records.pop()._replace(value=b"!"))),
        ("dead-letters", lambda records: records.append(records.pop()._replace(key=b"!"))),
        ("seller-decisions", drop(0)),
        ("video-links", drop(-1)),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_topic_is_found(topic: str, change: Callable[[list[Stored]], object]) -> None:
    run = Run()
    run.spoil(topic, change)
    assert run.problems()


@pytest.mark.parametrize("table", ["videos", "products", "timers", "levels", "subscribers"])
def test_a_lost_entry_of_a_table_is_found(table: str) -> None:
    run = Run()
    run.tables[table].popitem()
    assert run.problems()


def test_an_entry_that_another_one_replaced_is_found() -> None:
    run = Run()
    for table in ("videos", "products"):
        first, second, *_ = run.tables[table]
        run.tables[table][first] = run.tables[table][second]
        assert run.problems()


def test_a_deadline_that_was_not_noticed_is_found() -> None:
    run = Run()
    run.now = NOW + 20
    assert run.problems()


def test_at_least_once_a_repetition_is_none() -> None:
    run = Run()
    run.spoil("dead-letters", repeat(0))
    run.spoil("video-status-changes", lambda records: records.insert(1, records[0]))
    assert run.problems()
    assert run.problems(exactly_once=False) == []
