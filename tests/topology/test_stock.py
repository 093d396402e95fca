"""Stock reaches exactly the creators that link the product, and only when it matters."""

import json

import pytest

from tests.support.events import decided, deleted, posted, stocked
from tests.support.simulation import Simulation
from tests.support.sinks import changes, status


def subscriptions(simulation: Simulation) -> list[tuple[str, str, bool]]:
    bodies = [json.loads(record.value or b"") for record in simulation.out("stock-subscriptions")]
    return [(body["creator_id"], body["product_id"], body["subscribed"]) for body in bodies]


def responses(simulation: Simulation) -> list[tuple[str, str, int]]:
    bodies = [json.loads(record.value or b"") for record in simulation.out("stock-by-creator")]
    return [(body["creator_id"], body["product_id"], body["available"]) for body in bodies]


def told(*events: dict[str, object]) -> Simulation:
    simulation = Simulation()
    simulation.tell(*events)
    return simulation


@pytest.mark.parametrize("known_before", [True, False])
def test_a_link_is_told_the_stock_whichever_came_first(known_before: bool) -> None:
    events = [stocked("p1", 0), posted("v1", "p1")]
    simulation = told(*(events if known_before else reversed(events)))
    body = status(simulation)
    assert body is not None
    assert body["status"] == "needs_attention"
    assert changes(simulation)[-1]["cause"]["topic"] == "inventory"
    assert changes(simulation)[-1]["cause"]["type"] == "inventory_level"


def test_only_running_out_and_coming_back_are_told() -> None:
    simulation = told(
        posted("v1", "p1"),
        *(stocked("p1", available, at=20 + place) for place, available in enumerate([5, 4, 0, 0, 3, 2, 0])),
    )
    assert responses(simulation) == [("c1", "p1", 0), ("c1", "p1", 3), ("c1", "p1", 0)]
    assert len(changes(simulation)) == 4


def test_an_older_level_is_not_told() -> None:
    simulation = told(
        posted("v1", "p1"), stocked("p1", 3, at=30), stocked("p1", 0, at=29), stocked("p1", 0, at=30)
    )
    assert responses(simulation) == []


def test_every_creator_that_links_the_product_is_told() -> None:
    simulation = told(
        *(posted(f"v{n}", "p1", creator=f"c{n}") for n in range(9)),
        posted("w", "p11", creator="c0"),
        stocked("p1", 0),
    )
    assert sorted(responses(simulation)) == [(f"c{n}", "p1", 0) for n in range(9)]
    assert [len(changes(simulation, f"v{n}")) for n in range(9)] == [2] * 9
    assert len(changes(simulation, "w")) == 1


def test_the_last_video_of_a_creator_ends_the_subscription() -> None:
    simulation = told(posted("v1", "p1"), posted("v2", "p1"), deleted("v1"))
    assert ("c1", "p1", False) not in subscriptions(simulation)
    simulation.tell(deleted("v2"))
    assert subscriptions(simulation)[-1] == ("c1", "p1", False)
    simulation.tell(stocked("p1", 0))
    assert responses(simulation) == []


def test_a_displaced_registration_ends_the_subscription_to_what_it_linked() -> None:
    simulation = told(posted("v1", "p1", "p2", at=11), posted("v1", "p2", "p3", at=10))
    standing = {(creator, product): on for creator, product, on in subscriptions(simulation)}
    assert standing == {("c1", "p1"): False, ("c1", "p2"): True, ("c1", "p3"): True}


def test_a_later_video_is_told_again() -> None:
    simulation = told(
        posted("v1", "p1"), stocked("p1", 0), deleted("v1"), stocked("p1", 2, at=30), posted("v2", "p1")
    )
    assert [body["after"]["status"] for body in changes(simulation, "v2")] == ["in_review"]
    simulation.tell(stocked("p1", 0, at=40))
    assert changes(simulation, "v2")[-1]["after"]["status"] == "needs_attention"


def test_an_answer_that_comes_after_the_deletion_is_dropped() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1"))
    task = next(
        task for task in simulation.tasks if task.spec.name == "links" and task.memory.tables["videos"]
    )
    simulation.send(stocked("p1", 0))
    for stock in (task for task in simulation.tasks if task.spec.name == "stock"):
        stock.process(stock.pending(simulation.broker), simulation.now, simulation.broker)
    pending = task.pending(simulation.broker)
    assert list(pending) == ["stock-by-creator"]
    (deletion,) = simulation.send(deleted("v1"))
    task.process({"video-links": [deletion]}, simulation.now, simulation.broker)
    simulation.pump()
    assert [body["after"] and body["after"]["status"] for body in changes(simulation)] == ["in_review", None]
    assert task.memory.tables["products"] == {}


def test_nothing_is_left_of_what_nobody_needs() -> None:
    simulation = told(posted("v1", "p1", "p2"), decided("p2", "rejected"), stocked("p1", 0), deleted("v1"))
    kept = {name: sum(len(task.memory.tables[name]) for task in simulation.tasks)
            for name in ("products", "subscribers", "levels", "videos")}  # fmt: skip
    assert kept == {"products": 1, "subscribers": 0, "levels": 1, "videos": 1}
