"""After each fact everything is as the facts so far say, and a change came exactly when something changed."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.properties import oracle
from tests.properties.scenarios import CREATOR_OF, facts
from tests.properties.test_convergence import shown
from tests.support.events import Event
from tests.support.simulation import NOW, Simulation
from tests.support.sinks import changes

Links = dict[str, tuple[str, tuple[str, ...]]]


def links(bodies: dict[str, dict[str, Any]], video_id: str) -> Links | None:
    """Status and issues by product; None where there is no such video."""
    if video_id not in bodies:
        return None
    return {
        link["product_id"]: (link["status"], tuple(issue["code"] for issue in link["issues"]))
        for link in bodies[video_id]["links"]
    }


def told_afterwards(events: list[Event], video_id: str) -> int:
    """How many products out of stock the last event newly links: each answer is a change of its own."""
    event = events[-1]
    if not oracle.is_of(event, "video_posted", video_id=video_id):
        return 0
    new = oracle.subscriptions(events) - oracle.subscriptions(events[:-1])
    levels = [
        oracle.latest(fact for fact in events if oracle.is_of(fact, "inventory_level", product_id=p))
        for p, _ in new
    ]
    return sum(level is not None and level["available"] == 0 for level in levels)


def expired(of: Links | None) -> int:
    return sum("invite_expired" in issues for _, issues in (of or {}).values())


@given(facts)
def test_one_fact_one_change(events: list[Event]) -> None:
    simulation = Simulation(partitions=2, cached=4, piece=2)
    before: dict[str, dict[str, Any]] = {}
    counts = dict.fromkeys(CREATOR_OF, 0)
    for place, event in enumerate(events, 1):
        simulation.tell(event)
        now = oracle.videos(events[:place], NOW)
        assert shown(simulation) == now
        for video_id in CREATOR_OF:
            chain = changes(simulation, video_id)
            if links(before, video_id) == links(now, video_id):
                assert len(chain) == counts[video_id]
            else:
                own, *others = chain[counts[video_id] :]
                assert own["cause"]["type"] == event["type"]
                assert len(others) == told_afterwards(events[:place], video_id)
            counts[video_id] = len(chain)
        before = now


@given(facts, st.lists(st.integers(0, 20), min_size=1, max_size=4))
def test_one_deadline_one_change(events: list[Event], moves: list[int]) -> None:
    simulation = Simulation(partitions=2)
    simulation.tell(*events)
    for move in moves:
        before = oracle.videos(events, simulation.now)
        counts = {video_id: len(changes(simulation, video_id)) for video_id in CREATOR_OF}
        simulation.wait_until(simulation.now + move)
        now = oracle.videos(events, simulation.now)
        assert shown(simulation) == now
        for video_id in CREATOR_OF:
            came = expired(links(now, video_id)) - expired(links(before, video_id))
            assert len(changes(simulation, video_id)) - counts[video_id] == came
