"""What is being published, and who waits for it."""

from typing import Any

from streams.runtime.records import Batch, Effects
from streams.runtime.view import View
from streams.topology import LINKS
from streams.web.state import Bells
from tests.support.simulation import Simulation

CHANGELOG = "videos"


class Counted(dict[str, Any]):
    """Counts how often it is looked at."""

    looks = 0

    def get(self, *given: Any) -> Any:
        self.looks += 1
        return super().get(*given)


def view(*in_flight: Effects) -> View:
    task = next(task for task in Simulation().tasks if task.spec.name == LINKS)
    return View(task.spec, 0, 4, task.memory, in_flight)


def effects(*writes: bytes) -> Effects:
    return Effects((), Counted({CHANGELOG: [(key, b"") for key in writes]}), {})


def test_whoever_has_a_video_in_flight_is_being_published() -> None:
    bells, seen = Bells(CHANGELOG), view(effects(b"c1\0v1", b"c1\0v2"), effects(b"c3\0v1"), effects())
    asked = {creator: bells.being_published(seen, creator) for creator in ("c1", "c2", "c3", "c", "c11")}
    assert asked == {"c1": True, "c2": False, "c3": True, "c": False, "c11": False}


def test_a_batch_is_looked_through_once_and_forgotten_when_it_is_finished() -> None:
    bells, flying = Bells(CHANGELOG), effects(b"c1\0v1")
    with bells.listen("c1") as bell:
        for _ in range(3):
            assert bells.being_published(view(flying), "c1")
        bells.finished(Batch(LINKS, 0), flying, 0, 0)
        assert bell.is_set()
    assert isinstance(flying.changelog, Counted) and flying.changelog.looks == 1
    assert bells.being_published(view(flying), "c1")
    assert flying.changelog.looks == 2
