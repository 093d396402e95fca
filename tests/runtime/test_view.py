"""A view sees what was stored and nothing else; what is tried on it leaves no trace."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from streams.runtime.generations import Generations
from streams.runtime.records import Effects
from streams.runtime.resources import Resources
from streams.runtime.store import Store
from streams.runtime.task import Task
from streams.runtime.turns import Turns
from tests.runtime.counting import SPEC, Journal, Silent, batch


class Held(Journal):
    """Looks at the task's view while effects are being made durable."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[int | None, int]] = []
        self.task: Task

    async def publish(self, effects: Effects) -> Mapping[str, int]:
        view = self.task.view
        self.seen.append((view.get("counts", [b"a"])[0], len(view.in_flight)))
        return await super().publish(effects)


def test_it_sees_no_batch_before_it_is_committed(tmp_path: Path) -> None:
    journal = Held()
    store = Store(tmp_path / "db", Resources(1 << 20, 1 << 20))
    task = journal.task = Task(SPEC, 0, 4, store, journal, Generations(100), 100, Turns())
    for offset in range(2):
        asyncio.run(task.process(batch(b"a", offset=offset), 0, Silent()))
    assert journal.seen == [(None, 1), (1, 1)]
    assert task.view.get("counts", [b"a", b"x"]) == [2, None]
    assert task.view.scan("counts", b"a", b"b", 9) == [(b"a", 2)]
    assert task.view.in_flight == ()
    store.close()


def test_a_rehearsal_leaves_no_trace(tmp_path: Path) -> None:
    journal = Journal()
    store = Store(tmp_path / "db", Resources(1 << 20, 1 << 20))
    task = Task(SPEC, 0, 4, store, journal, Generations(100), 100, Turns())
    asyncio.run(task.process(batch(b"a"), 0, Silent()))
    (tables,) = task.view.rehearse(SPEC.build, [batch(b"a", b"b", offset=1).records], 0)
    assert (tables["counts"].get(b"a"), tables["counts"].get(b"b")) == (2, 1)
    assert task.view.get("counts", [b"a", b"b"]) == [1, None]
    asyncio.run(task.process(batch(b"a", offset=1), 0, Silent()))
    assert task.view.get("counts", [b"a", b"b"]) == [2, None]
    store.close()
