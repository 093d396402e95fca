"""The changes that are kept: each that was published, numbered in order, fifty of a video."""

from streams import keys
from streams.changes import change_id
from streams.chronicle import BY_CLOCK, KEPT, LAST, TAKEN_BACK
from streams.domain.change import Change
from tests.support.codecs import CODECS
from tests.support.events import deleted, posted, stocked
from tests.support.simulation import NOW, Simulation, Task
from tests.support.sinks import changes

_decode = CODECS["changes"].decode
_number = CODECS["numbers"].decode


def task_of(simulation: Simulation) -> Task:
    """The one task of the step by creator that has changes."""
    (task,) = [each for each in simulation.tasks if each.memory.tables.get("changes")]
    return task


def kept(simulation: Simulation) -> dict[int, Change]:
    """The kept changes by their numbers."""
    stored = task_of(simulation).memory.tables["changes"]
    return {keys.number_of(key): _decode(value) for key, value in sorted(stored.items())}


def numbers(simulation: Simulation) -> dict[bytes, int]:
    """How far changes are numbered, and which were dropped."""
    return {key: _number(value) for key, value in task_of(simulation).memory.tables["numbers"].items()}


def test_each_change_that_was_published_is_kept_under_the_next_number() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1", "p2"), posted("v2", "p1"), stocked("p1", 0), deleted("v1"))
    found = kept(simulation)
    assert list(found) == [1, 2, 3, 4, 5]
    for video in ("v1", "v2"):
        of_it = [change for change in found.values() if change.video_id == video]
        published = changes(simulation, video)
        assert [change.version for change in of_it] == [body["version"] for body in published]
        assert [change_id(video, change.version, change.fact) for change in of_it] == [
            body["event_id"] for body in published
        ]
        added = [[(move.product_id, code) for move in each.moves for code in move.added] for each in of_it]
        assert added == [
            [(issue["product_id"], issue["code"]) for issue in body["issues_added"]] for body in published
        ]
    assert found[5].after is None


def test_a_restart_goes_on_after_the_numbers() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1"))
    for from_changelog in (False, True):
        simulation.restart(from_changelog)
        simulation.tell(*(stocked("p1", number, at=100 + 2 * from_changelog + number) for number in range(2)))
    first = NOW * BY_CLOCK + 1
    second = first + 1 + TAKEN_BACK + 1
    assert list(kept(simulation)) == [1, first, first + 1, second, second + 1]


def test_fifty_of_a_video_and_the_last_dropped_is_known() -> None:
    simulation = Simulation(partitions=1)
    simulation.tell(posted("v0", "p2", creator="c2"), posted("v1", "p1"))
    for number in range(KEPT + 2):
        simulation.tell(stocked("p1", number % 2, at=100 + number))
    found = kept(simulation)
    assert [change.version for change in found.values() if change.video_id == "v1"] == list(
        range(4, KEPT + 4)
    )
    assert numbers(simulation) == {LAST: KEPT + 4, b"c1": 4}


def test_an_earlier_one_of_another_video_is_dropped_later() -> None:
    simulation = Simulation(partitions=1)
    simulation.tell(posted("v0", "p0"), posted("v1", "p1"))
    for product in ("p1", "p0"):
        simulation.tell(*(stocked(product, number % 2, at=100 + number) for number in range(KEPT)))
    assert len(kept(simulation)) == 2 * KEPT
    assert numbers(simulation) == {LAST: 2 * KEPT + 2, b"c1": 2}
