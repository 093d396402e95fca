"""One step on one partition: effects in their order, state that goes back when they fail, deadlines."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka.structs import TopicPartition

from streams.runtime.commit import CommitFailed
from streams.runtime.generations import Generations
from streams.runtime.records import Batch, Effects, Outgoing
from streams.runtime.resources import Resources
from streams.runtime.saving import Deferral
from streams.runtime.step import Admission
from streams.runtime.store import Store
from streams.runtime.task import AT_ONCE, Task
from streams.runtime.turns import Turns
from tests.runtime.counting import SPEC, Counting, Journal, Silent, batch, turns, turns_during, until


class Checking(Journal):
    """Looks at the store at each step of the commit."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, bytes | None, int | None]] = []
        self.store: Store

    async def publish(self, effects: Effects) -> dict[str, int]:
        self._look("publish")
        return dict(await super().publish(effects))

    def finished(self, effects: Effects) -> None:
        self._look("finished")
        super().finished(effects)

    def _look(self, when: str) -> None:
        self.seen.append((when, self.store.get("counts", [b"a"])[0], self.store.position("log")))


@pytest.fixture
def journal() -> Checking:
    return Checking()


@pytest.fixture
def task(tmp_path: Path, journal: Checking) -> Iterator[Task]:
    journal.store = Store(tmp_path / "db", Resources(1 << 20, 1 << 20))
    task = Task(SPEC, 0, 4, journal.store, journal, Generations(100), 100, Turns())
    yield task
    task.store.close()


def process(task: Task, *keys: bytes, offset: int = 0, now: int = 0) -> None:
    asyncio.run(task.process(batch(*keys, offset=offset), now, Silent()))


@asynccontextmanager
async def running(task: Task, clock: Callable[[], int] = lambda: 0) -> AsyncIterator[None]:
    """It runs until the end of the `with`, which is not waited for without end."""
    async with asyncio.timeout(30):
        run = asyncio.create_task(task.run(clock, Silent()))
        yield
        task.stop()
        await run


def test_state_is_stored_after_publishing_and_before_finishing(task: Task, journal: Checking) -> None:
    process(task, b"a", b"b", b"a", offset=5)
    assert journal.seen == [("publish", None, None), ("finished", b"2", 100)]
    (effects,) = journal.published
    assert [output.value for output in effects.outputs] == [b"1", b"1", b"2"]
    assert effects.changelog == {"log": [(b"a", b"2"), (b"b", b"1")]}
    assert effects.offsets == {TopicPartition("in", 0): 8}


def test_batches_build_on_each_other(task: Task, journal: Checking) -> None:
    process(task, b"a")
    process(task, b"a", offset=1)
    assert journal.values == [b"1", b"2"]
    assert journal.published[1].changelog == {"log": [(b"a", b"2")]}


def test_a_batch_without_effects_is_not_published(task: Task, journal: Checking) -> None:
    process(task)
    assert journal.published == journal.done == []


def test_a_failed_batch_leaves_no_trace_after_a_reset(task: Task, journal: Checking) -> None:
    process(task, b"a")
    journal.fails = CommitFailed("no")
    with pytest.raises(CommitFailed):
        process(task, b"a", b"b", offset=1)
    task.reset()
    assert task.store.get("counts", [b"a", b"b"]) == [b"1", None]
    process(task, b"a", offset=1)
    assert journal.values == [b"1", b"2"]


def test_a_step_that_raises_publishes_nothing(task: Task, journal: Checking) -> None:
    with pytest.raises(ValueError, match="poison"):
        asyncio.run(task.process(batch(b"a", value=b"poison"), 0, Silent()))
    task.reset()
    process(task, b"a")
    assert journal.values == [b"1"]


class Gate:
    """Admits batches once it is open."""

    is_open = False

    def __init__(self) -> None:
        self.asked: list[tuple[int, list[bytes | None]]] = []

    def __call__(self, batch: Batch, outputs: Sequence[Outgoing]) -> Admission:
        def admitted(waited_s: float) -> bool:
            self.asked.append((len(batch), [output.value for output in outputs]))
            return self.is_open

        return admitted


@pytest.fixture
def gate(task: Task, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Before the effects of a task, which asks all the time."""
    monkeypatch.setattr("streams.runtime.task._ADMITTED_S", 0)
    gate = Gate()
    task.spec = SPEC._replace(admission=gate)
    return gate


def test_a_batch_takes_effect_when_it_is_admitted(task: Task, journal: Checking, gate: Gate) -> None:
    left: list[bool] = []

    async def run() -> None:
        processing = asyncio.create_task(
            task.process(batch(b"a", b"a"), 0, Silent(), lambda: left.append(True))
        )
        await turns()
        assert journal.published == []
        assert left, "others have no turn"
        gate.is_open = True
        await processing

    asyncio.run(run())
    assert gate.asked[0] == gate.asked[-1] == (2, [b"1", b"2"])
    assert journal.values == [b"1", b"2"]


def test_a_batch_that_is_not_admitted_when_it_stops_leaves_no_trace(
    task: Task, journal: Checking, gate: Gate
) -> None:
    async def run() -> None:
        task.inbox.reserve()
        task.accept(batch(b"a"))
        async with running(task):
            await turns()

    asyncio.run(run())
    assert gate.asked
    assert journal.published == []
    gate.is_open = True
    process(task, b"a")
    assert journal.values == [b"1"]


def test_a_batch_that_waits_when_it_stops_is_dropped_whole(task: Task, journal: Checking) -> None:
    async def run() -> None:
        task.inbox.reserve()
        task.accept(batch(b"a"))
        task.stop()
        await task.run(lambda: 0, Silent())
        assert journal.published == []
        task.reopen()
        assert task.inbox.has_room
        task.accept(batch(b"a"))
        async with running(task):
            await until(lambda: journal.done)

    asyncio.run(run())
    assert journal.values == [b"1"]


def test_a_task_that_waits_is_woken_by_a_batch_and_by_the_stop(
    task: Task, journal: Checking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.runtime.task._LONGEST_WAIT_S", 3600.0)

    async def run() -> None:
        async with running(task):
            await turns()
            task.inbox.reserve()
            task.accept(batch(b"a"))
            await until(lambda: journal.done)
            await turns()

    asyncio.run(run())
    assert journal.values == [b"1"]


def test_positions_that_moved_are_committed_though_no_record_comes(
    task: Task, journal: Checking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.runtime.task._LONGEST_WAIT_S", 0.001)

    async def run() -> None:
        async with running(task):
            task.inbox.skip_to(TopicPartition("in", 0), 9)
            await until(lambda: journal.done)

    asyncio.run(run())
    assert [effects.offsets for effects in journal.done] == [{TopicPartition("in", 0): 9}]


def test_a_deadline_comes_up_without_records(task: Task, journal: Checking) -> None:
    async def run() -> None:
        assert isinstance(task._step, Counting)
        task._step.alarm = 50
        async with running(task, lambda: 50):
            await until(lambda: journal.done)

    asyncio.run(run())
    (effects,) = journal.done
    assert (effects.offsets, [output.key for output in effects.outputs]) == ({}, [b"alarm"])


def test_a_deadline_waits_while_it_is_congested_and_records_do_not(tmp_path: Path) -> None:
    journal, congested = Journal(), True
    store = Store(tmp_path / "db", Resources(1 << 20, 1 << 20))
    task = Task(SPEC, 0, 4, store, journal, Generations(100), 100, Turns(), congested=lambda: congested)

    async def run() -> None:
        nonlocal congested
        assert isinstance(task._step, Counting)
        async with running(task, lambda: 50):
            task._step.alarm = 60
            task.inbox.reserve()
            task.accept(batch(b"a"))
            await until(lambda: journal.values == [b"1"])
            task._step.alarm = 50
            assert task._step_in_s(lambda: 50) > 0
            congested = False
            await until(lambda: journal.values == [b"1", b"50"])

    asyncio.run(run())
    store.close()


def test_requests_are_read_and_answered_between_the_pieces_of_a_batch(task: Task) -> None:
    pieces = 3
    processing = task.process(batch(*[b"a"] * (pieces * AT_ONCE)), 0, Silent())
    assert asyncio.run(turns_during(processing)) >= 2 * pieces


def test_closing_lets_go_of_store_and_commit(task: Task, journal: Checking, tmp_path: Path) -> None:
    asyncio.run(task.close())
    assert journal.closed
    task.store = Store(tmp_path / "db", Resources(1 << 20, 1 << 20))


def test_a_deadline_makes_no_room_for_a_second_batch(task: Task, journal: Checking) -> None:
    async def run() -> None:
        assert isinstance(task._step, Counting)
        task._step.alarm = 50
        task.inbox.reserve()
        async with running(task, lambda: 50):
            await until(lambda: journal.done)
            assert not task.inbox.has_room, "the reserved batch, still on its way, would be replaced and lost"

    asyncio.run(run())


def test_positions_that_moved_without_records_are_committed(task: Task, journal: Checking) -> None:
    async def run() -> None:
        task.inbox.skip_to(TopicPartition("in", 0), 9)
        task.inbox.skip_to(TopicPartition("other", 0), 4)
        task.inbox.reserve()
        task.accept(batch(b"a", offset=5))
        async with running(task):
            await until(lambda: journal.done)

    asyncio.run(run())
    (effects,) = journal.done
    assert effects.offsets == {TopicPartition("in", 0): 9, TopicPartition("other", 0): 4}


def test_what_is_not_due_waits_however_idle_the_task_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.runtime.task._LONGEST_WAIT_S", 0.001)
    journal, looks = Journal(), 0
    store = Store(tmp_path / "db", Resources(1 << 20, 1 << 20))
    deferral = Deferral(0.0, 1)
    task = Task(SPEC, 0, 4, store, journal, Generations(9), 5_000, Turns(), 3600.0, deferral=deferral)

    def clock() -> int:
        nonlocal looks
        looks += 1
        return 0

    async def run() -> None:
        assert isinstance(task._step, Counting)
        task._step.alarm = 1
        async with running(task, clock):
            for offset, key in enumerate((b"a", b"b")):
                task.inbox.reserve()
                task.accept(batch(key, offset=offset))
                before = looks
                await until(lambda: journal.values and looks > before + 20)  # noqa: B023
            assert journal.values == [b"1"]

    asyncio.run(run())
    store.close()
