"""A product that many creators link: all of them are told every level, in pages, and nobody else waits."""

import json

import pytest

from streams import fanouts
from tests.support.events import posted, stocked
from tests.support.simulation import Simulation, Task
from tests.support.sinks import changes

CREATORS = 10


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanouts, "_PAGE", 3)
    monkeypatch.setattr(fanouts, "_AT_ONCE", 4)


@pytest.fixture
def simulation() -> Simulation:
    """Ten creators link `big`, one of them `small`, too; all on one partition."""
    simulation = Simulation(partitions=1)
    simulation.tell(*(posted(f"v{n}", "big", creator=f"c{n}") for n in range(CREATORS)))
    simulation.tell(posted("other", "small", creator="c0"))
    return simulation


def told(simulation: Simulation, product: str) -> list[tuple[str, int]]:
    bodies = [json.loads(record.value or b"") for record in simulation.out("stock-by-creator")]
    return [(body["creator_id"], body["available"]) for body in bodies if body["product_id"] == product]


def step(simulation: Simulation) -> Task:
    return next(task for task in simulation.tasks if task.spec.name == "stock")


def process_once(simulation: Simulation) -> None:
    task = step(simulation)
    task.process(task.pending(simulation.broker), simulation.now, simulation.broker)


def test_every_level_reaches_everyone_in_order(simulation: Simulation) -> None:
    levels = [0, 7, 0]
    simulation.send(*(stocked("big", level, at=30 + place) for place, level in enumerate(levels)))
    simulation.pump()
    for n in range(CREATORS):
        assert [level for creator, level in told(simulation, "big") if creator == f"c{n}"] == levels
        statuses = [body["after"]["status"] for body in changes(simulation, f"v{n}")]
        assert statuses == ["in_review", "needs_attention", "in_review", "needs_attention"]
    assert not step(simulation).memory.tables["fanouts"]


def test_a_batch_sends_a_page_and_others_go_on(simulation: Simulation) -> None:
    simulation.send(stocked("big", 0, at=30))
    process_once(simulation)
    assert len(told(simulation, "big")) == 3
    simulation.send(stocked("small", 0, at=31))
    process_once(simulation)
    assert told(simulation, "small") == [("c0", 0)]
    assert len(told(simulation, "big")) == 6
    assert step(simulation).due(simulation.now)


def test_no_more_pages_while_their_readers_have_much_to_do(simulation: Simulation) -> None:
    simulation.send(stocked("big", 0, at=30))
    process_once(simulation)
    step(simulation).congested = True
    simulation.send(stocked("small", 0, at=31))
    process_once(simulation)
    assert (len(told(simulation, "big")), told(simulation, "small")) == (3, [("c0", 0)])
    step(simulation).congested = False
    simulation.pump()
    assert sorted(told(simulation, "big")) == sorted((f"c{n}", 0) for n in range(CREATORS))


def test_products_take_turns(simulation: Simulation) -> None:
    simulation.tell(*(posted(f"w{n}", "huge", creator=f"c{n}") for n in range(CREATORS)))
    simulation.send(stocked("big", 0, at=30), stocked("huge", 0, at=31))
    process_once(simulation)
    shares = []
    for _ in range(2):
        process_once(simulation)
        shares.append((len(told(simulation, "big")), len(told(simulation, "huge"))))
    assert shares == [(6, 3), (6, 6)]


def test_what_is_left_survives_a_crash_and_a_lost_disk(simulation: Simulation) -> None:
    simulation.send(stocked("big", 0, at=30))
    process_once(simulation)
    simulation.restart(from_changelog=True)
    assert step(simulation).due(simulation.now)
    simulation.pump()
    assert sorted(told(simulation, "big")) == sorted((f"c{n}", 0) for n in range(CREATORS))


def test_a_creator_that_comes_in_between_is_told_once(simulation: Simulation) -> None:
    simulation.send(stocked("big", 0, at=30))
    process_once(simulation)
    simulation.tell(posted("late", "big", creator="c99"))
    assert [body["after"]["status"] for body in changes(simulation, "late")] == [
        "in_review",
        "needs_attention",
    ]


def test_who_is_still_to_be_told_misses_no_level_by_another_video(simulation: Simulation) -> None:
    simulation.send(stocked("big", 0, at=30))
    process_once(simulation)
    simulation.send(stocked("big", 7, at=31))
    process_once(simulation)
    simulation.tell(posted("another", "big", creator="c9"))
    for video in ("v9", "another"):
        statuses = [body["after"]["status"] for body in changes(simulation, video)]
        assert statuses == ["in_review", "needs_attention", "in_review"]


def test_a_batch_in_pieces_sends_no_more() -> None:
    simulation = Simulation(partitions=1, piece=1)
    simulation.tell(*(posted(f"v{n}", "big", creator=f"c{n}") for n in range(CREATORS)))
    simulation.tell(*(posted(f"w{n}", f"p{n}", "q", creator="c0") for n in range(CREATORS)))
    simulation.send(stocked("big", 0, at=30), *(stocked(f"p{n}", 0, at=31) for n in range(CREATORS)))
    process_once(simulation)
    assert len(told(simulation, "big")) == 3
    assert sum(len(told(simulation, f"p{n}")) for n in range(CREATORS)) == 1
    simulation.pump()
    assert len(told(simulation, "big")) == CREATORS
    assert sum(len(told(simulation, f"p{n}")) for n in range(CREATORS)) == CREATORS
