"""A creator of very many videos that link one product: what is about one of them looks at no other."""

from streams.verdicts import FEW
from tests.support.events import decided, posted, stocked
from tests.support.memory import Memory
from tests.support.simulation import Simulation
from tests.support.sinks import changes


class Watched(Memory):
    """Counts the videos that are asked for."""

    videos = 0

    def get(self, table: str, keys: list[bytes]) -> list[bytes | None]:
        self.videos += len(keys) if table == "videos" else 0
        return super().get(table, keys)


def told(number: int) -> tuple[Simulation, Watched]:
    """So many videos that link a product whose level is known, and a worker that starts there."""
    simulation = Simulation(partitions=1)
    simulation.tell(stocked("p1", 3))
    simulation.send(*(posted(f"v{n}", "p1") for n in range(number)))
    simulation.pump()
    task = next(task for task in simulation.tasks if task.spec.name == "links")
    watched = Watched()
    watched.tables = task.memory.tables
    task.memory = watched
    task.restart()
    return simulation, watched


def test_a_posting_and_the_stock_that_it_is_told_look_up_that_video_alone() -> None:
    simulation, watched = told(2 * FEW)
    simulation.tell(posted("new", "p1"))
    assert watched.videos == 1


def test_what_changes_all_of_them_changes_all() -> None:
    simulation, _ = told(2 * FEW)
    simulation.tell(decided("p1", "rejected"))
    assert all(len(changes(simulation, f"v{n}")) == 2 for n in range(2 * FEW))
