"""Tasks are opened, run, drained and let go as partitions come and go."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from aiokafka.errors import KafkaConnectionError
from aiokafka.structs import TopicPartition

from streams.runtime import takeover as taking_over
from streams.runtime import tasks as module
from streams.runtime.commit import CommitFailed
from streams.runtime.records import Effects
from streams.runtime.resources import Resources
from streams.runtime.step import StepSpec, TaskId
from streams.runtime.store import Store
from streams.runtime.table import Unreadable
from streams.runtime.takeover import Takeover
from streams.runtime.tasks import Tasks
from tests.runtime.counting import SPEC, Journal, Silent, batch, turns, until
from tests.runtime.fakes import Broker, Reader, Sent

RESOURCES = Resources(1 << 20, 1 << 20)


class Worker:
    """Tasks over fakes."""

    def __init__(self, directory: Path, resources: Resources = RESOURCES, spec: StepSpec = SPEC) -> None:
        self.broker = Broker()
        self.journals: dict[TaskId, Journal] = {}
        self.failed: list[tuple[TaskId, Exception]] = []
        self.reader = Reader
        self.takeover = Takeover(
            [spec], {"in": 4}, directory, resources, 100,
            self._new_commit, lambda: self.reader(self.broker), 100,
        )  # fmt: skip
        self.tasks = Tasks(self.takeover, lambda: 0, Silent(), self._fail)

    def _fail(self, task_id: TaskId, error: Exception) -> None:
        self.failed.append((task_id, error))

    def _new_commit(self, step: str, partition: int) -> Journal:
        return self.journals.setdefault((step, partition), Journal())

    async def assign(self, *partitions: int) -> None:
        assert await self.tasks.open(assigned(*partitions))
        self.tasks.start()

    async def take(self, partition: int, *keys: bytes, value: bytes = b"") -> None:
        """Give a task a batch and wait until it is done or has failed."""
        journal = self.journals["counting", partition]
        done, failed = len(journal.done), len(self.failed)
        self.tasks.reserve("counting", partition)
        self.tasks.accept(batch(*keys, partition=partition, value=value), 1)
        await until(lambda: len(journal.done) > done or len(self.failed) > failed)


def assigned(*partitions: int) -> list[TopicPartition]:
    return [TopicPartition("in", partition) for partition in partitions]


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    return Worker(tmp_path)


def run(work: Coroutine[object, object, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 20))


def test_each_assigned_partition_has_a_task_of_its_own(worker: Worker) -> None:
    async def work() -> None:
        await worker.assign(0, 2)
        assert len(worker.tasks) == 2
        assert [worker.tasks.has_room(("in", partition)) for partition in range(3)] == [True, False, True]
        await worker.take(0, b"a", b"a")
        await worker.take(2, b"a")
        await worker.tasks.drain(1)
        await worker.tasks.close()

    run(work())
    assert worker.journals["counting", 0].values == [b"1", b"2"]
    assert worker.journals["counting", 2].values == [b"1"]


def test_others_have_a_turn_between_stores_that_are_opened(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = 0
    opened: list[int] = []

    async def count() -> None:
        nonlocal passed
        while True:
            passed += 1
            await asyncio.sleep(0)

    async def open_store(path: Path, resources: Resources) -> Store:
        opened.append(passed)
        return Store(path, resources)

    async def work() -> None:
        monkeypatch.setattr(Store, "open", open_store)
        others = asyncio.ensure_future(count())
        await worker.assign(0, 1, 2)
        others.cancel()
        await worker.tasks.drain(1.0)
        await worker.tasks.close()

    run(work())
    assert len(set(opened)) == 3


def test_an_input_of_which_nothing_is_assigned_is_missing_until_it_is(tmp_path: Path) -> None:
    worker = Worker(tmp_path, spec=SPEC._replace(topics=("in", "other")))

    async def work() -> None:
        await worker.assign(0, 1)
        assert worker.tasks.missing == ["other"]
        await worker.tasks.drain(1)
        assert await worker.tasks.open([*assigned(0), TopicPartition("other", 0)])
        assert worker.tasks.missing == []
        assert await worker.tasks.open([])
        assert worker.tasks.missing == [], "who has no task misses nothing"
        await worker.tasks.close()

    run(work())


def test_what_is_kept_keeps_its_state_and_what_is_lost_lets_go(worker: Worker, tmp_path: Path) -> None:
    async def work() -> None:
        await worker.assign(0, 1)
        await worker.take(0, b"a")
        await worker.take(1, b"b")
        await worker.tasks.drain(1)
        worker.broker.logs[TopicPartition("log", 0)] = filler(100)
        await worker.assign(0)
        assert worker.journals["counting", 1].closed
        (await Store.open(tmp_path / "counting-1", RESOURCES, 0)).close()
        assert len(worker.tasks) == 1
        await worker.take(0, b"a")
        await worker.tasks.drain(1)
        await worker.tasks.close()

    run(work())
    assert worker.journals["counting", 0].values == [b"1", b"2"]


def test_what_another_wrote_meanwhile_is_read(worker: Worker) -> None:
    async def work() -> None:
        await worker.assign(0)
        await worker.take(0, b"a")
        await worker.tasks.drain(1)
        worker.broker.logs[TopicPartition("log", 0)] = [*filler(100), Sent(0, 100, b"a", b"41")]
        await worker.assign(0)
        await worker.take(0, b"a")
        await worker.tasks.drain(1)
        await worker.tasks.close()

    run(work())
    assert worker.journals["counting", 0].values == [b"1", b"42"]


def test_a_position_without_records_is_told_once_to_the_task_that_has_it(worker: Worker) -> None:
    mine, other = assigned(0, 3)

    def told(tp: TopicPartition, position: int) -> Mapping[TopicPartition, int]:
        worker.tasks.skip_to(tp, position)
        return worker.tasks._tasks["counting", 0].inbox.take().positions

    async def work() -> None:
        await worker.assign(0)
        assert [told(mine, 9), told(mine, 9), told(other, 9)] == [{mine: 9}, {}, {}]
        await worker.take(0, b"a")
        assert told(mine, 1) == {}, "its batch said so"
        await worker.tasks.drain(1)
        assert told(mine, 2) == {}
        await worker.assign(0)
        assert told(mine, 1) == {mine: 1}, "whether that was committed nobody knows"
        await worker.tasks.drain(1)
        await worker.tasks.close()

    run(work())


@pytest.mark.parametrize(
    ("feeds", "behind", "congested"),
    [((), 9_999, False), (("out",), 2_000, False), (("out",), 2_001, True)],
)
def test_a_step_is_congested_while_who_reads_it_is_far_behind(
    tmp_path: Path, feeds: tuple[str, ...], behind: int, congested: bool
) -> None:
    worker = Worker(tmp_path, spec=SPEC._replace(feeds=frozenset(feeds)))
    worker.takeover._behind = lambda _: behind

    async def work() -> None:
        assert await worker.tasks.open(assigned(0))
        assert worker.tasks._tasks["counting", 0]._context.congested() is congested
        await worker.tasks.close()

    run(work())


def test_state_is_read_only_while_its_task_runs(worker: Worker) -> None:
    def seen() -> list[bool]:
        return [worker.tasks.view("counting", partition) is not None for partition in (0, 1)]

    async def work() -> None:
        await worker.assign(0)
        worker.tasks.accept(batch(b"a", partition=1), 1)  # of who has gone
        assert (worker.tasks.running, seen()) == (True, [True, False])
        await worker.tasks.drain(1)
        assert (worker.tasks.running, seen()) == (False, [False, False])
        await worker.tasks.close()

    run(work())


def filler(number: int) -> list[Sent]:
    """A changelog of that many records of other keys, as if transactions had filled it."""
    return [Sent(0, offset, b"other", b"0") for offset in range(number)]


def test_state_comes_from_the_changelog_after_the_commit_is_opened(worker: Worker) -> None:
    worker.broker.logs[TopicPartition("log", 0)] = [Sent(0, 0, b"a", b"41")]

    async def work() -> None:
        await worker.assign(0)
        await worker.take(0, b"a")
        await worker.tasks.drain(1)
        await worker.tasks.close()

    run(work())
    assert worker.journals["counting", 0].values == [b"42"]
    assert worker.journals["counting", 0].opened == 1


@pytest.mark.parametrize(("generation", "taken"), [(1, 1), (2, 0)])
def test_a_batch_of_another_generation_is_not_processed(worker: Worker, generation: int, taken: int) -> None:
    async def work() -> None:
        await worker.assign(0)
        worker.tasks.reserve("counting", 0)
        worker.tasks.accept(batch(b"a", generation=1), generation)
        await turns()
        await worker.tasks.drain(1)
        worker.tasks.accept(batch(b"a", generation=1), 1)
        await worker.tasks.close()

    run(work())
    assert len(worker.journals["counting", 0].done) == taken


@pytest.mark.parametrize(
    ("error", "traced"),
    [(CommitFailed("fenced"), False), (Unreadable("newer"), False), (RuntimeError("bug"), True)],
)
def test_a_failure_is_told_and_its_state_goes_back(
    worker: Worker, error: Exception, traced: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        await worker.assign(0)
        worker.journals["counting", 0].fails = error
        await worker.take(0, b"a")
        assert worker.failed == [(("counting", 0), error)]
        await worker.tasks.drain(1)
        await worker.assign(0)
        await worker.take(0, b"a")
        await worker.tasks.drain(1)
        await worker.tasks.close()

    run(work())
    assert worker.journals["counting", 0].values == [b"1"]
    assert len(worker.failed) == 1
    (told,) = caplog.records
    assert (told.message, bool(told.exc_info)) == (f"counting-0: {error}", traced)


def test_a_batch_that_does_not_finish_in_time_is_dropped_whole(worker: Worker) -> None:
    class Hanging(Journal):
        async def publish(self, effects: object) -> dict[str, int]:
            await asyncio.Event().wait()
            return {}

    worker.journals["counting", 0] = Hanging()

    async def work() -> None:
        await worker.assign(0)
        worker.tasks.reserve("counting", 0)
        worker.tasks.accept(batch(b"a"), 1)
        await until(lambda: worker.tasks.has_room(("in", 0)))
        await worker.tasks.drain(0.01)
        assert worker.tasks._tasks["counting", 0].store.get("counts", [b"a"]) == [None]
        await worker.tasks.close()

    run(work())
    assert worker.journals["counting", 0].done == []


@pytest.mark.parametrize("refusal", [KafkaConnectionError(), asyncio.CancelledError()])
def test_a_drain_ends_an_opening_that_waits(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, refusal: BaseException
) -> None:
    """aiokafka lets cancellations of its own tasks out when it is closed."""
    monkeypatch.setattr(taking_over, "_RETRY_S", 0.0)

    class Away(Journal):
        async def open(self) -> None:
            self.opened += 1
            raise refusal

    worker.journals["counting", 0] = Away()

    async def work() -> None:
        opening = asyncio.create_task(worker.tasks.open(assigned(0)))
        await until(lambda: worker.journals["counting", 0].opened > 3)
        await worker.tasks.drain(1)
        assert await opening is False
        await worker.tasks.close()

    run(work())


class Stuck(Reader):
    """Hands records out, but never says where it is."""

    async def position(self, tp: TopicPartition) -> int:
        await asyncio.Event().wait()
        return 0


def test_an_interrupted_restoration_leaves_no_stale_objects(worker: Worker) -> None:
    async def work() -> None:
        await worker.assign(0)
        await worker.take(0, b"a")
        await worker.tasks.drain(1)
        worker.broker.logs[TopicPartition("log", 0)] = [*filler(100), Sent(0, 100, b"a", b"41")]
        worker.reader = Stuck
        opening = asyncio.create_task(worker.tasks.open(assigned(0)))
        store = worker.tasks._tasks["counting", 0].store
        await until(lambda: store.get("counts", [b"a"]) == [b"41"])
        await worker.tasks.drain(1)
        assert await opening is False
        worker.reader = Reader
        await worker.assign(0)
        await worker.take(0, b"a")
        await worker.tasks.drain(1)
        await worker.tasks.close()

    run(work())
    assert worker.journals["counting", 0].values == [b"1", b"42"]


def test_a_corrupt_store_fails_its_task_once(tmp_path: Path) -> None:
    keys = [b"%03d" % number * 100 for number in range(100)]
    failures = []

    async def work() -> None:
        worker = Worker(tmp_path, Resources(1 << 20, 64 << 20))  # all of it is one file
        log = worker.broker.logs[TopicPartition("log", 0)]
        log += [Sent(0, offset, key, b"1") for offset, key in enumerate(keys)]
        await worker.assign(0)
        await worker.take(0, *keys)
        await worker.tasks.drain(1)
        await worker.tasks.close()
        failures.append([str(error)[:10] for _, error in worker.failed])

    run(work())
    (entries,) = tmp_path.glob("counting-0/*.sst")
    data = bytearray(entries.read_bytes())
    data[len(data) // 2] ^= 0xFF
    entries.write_bytes(data)
    run(work())
    run(work())
    assert failures == [[], ["Corruption"], []]


def test_committable_offsets_are_taken_once(worker: Worker) -> None:
    offsets: Iterable[tuple[TopicPartition, int]] = [(TopicPartition("in", 0), 5)]
    worker.tasks.committable.update(offsets)
    assert worker.tasks.take_committable() == dict(offsets)
    assert worker.tasks.take_committable() == {}


def test_a_step_that_takes_no_more_stands_still_until_it_is_assigned_anew(worker: Worker) -> None:
    async def work() -> None:
        await worker.assign(0, 1)
        await worker.take(0, b"a")
        worker.tasks.reserve("counting", 0)
        worker.tasks.accept(batch(b"a", b"b", value=b"halt"), 1)
        (halted,) = [each for each in asyncio.all_tasks() if each.get_name() == "counting/0"]
        await until(halted.done)
        await worker.take(1, b"a")
        assert len(worker.tasks) == 2, "its partition goes to nobody else"
        await worker.tasks.drain(0)
        worker.broker.logs[TopicPartition("log", 0)] = filler(100)
        await worker.assign(0, 1)
        await worker.take(0, b"a")
        await worker.tasks.drain(1)
        await worker.tasks.close()

    run(work())
    assert worker.failed == [], "the group is asked to assign anew, or the worker ends"
    assert worker.journals["counting", 0].values == [b"1", b"2"]


def test_a_task_that_waits_does_not_hold_up_a_rebalance(worker: Worker) -> None:
    async def work() -> None:
        await worker.assign(0, 1)
        journal = worker.journals["counting", 0]
        journal.hangs = True
        worker.tasks.reserve("counting", 0)
        worker.tasks.accept(batch(b"a"), 1)
        await until(lambda: journal.hanging)
        worker.tasks.waiting["counting", 0] = "no topic"
        await worker.take(1, b"a")
        await worker.tasks.drain(1000)
        journal.hangs = False
        await worker.assign(0, 1)
        await worker.take(0, b"a")
        await worker.tasks.drain(1)
        await worker.tasks.close()

    run(work())
    assert worker.journals["counting", 0].values == [b"1"]


def test_what_a_restoration_that_broke_off_had_changed_is_not_forgotten(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_over, "_RETRY_S", 0.0)
    broken = 0

    class Breaks(Reader):
        """Once, when the other partition is through already."""

        async def getmany(
            self, *partitions: TopicPartition, **named: int
        ) -> dict[TopicPartition, list[Sent]]:
            nonlocal broken
            found = await super().getmany(*partitions, **named)
            if not broken and len(partitions) == 1:
                broken = 1
                raise KafkaConnectionError
            return found

    async def work() -> None:
        await worker.assign(0, 1)
        await worker.take(0, b"a")
        await worker.tasks.drain(1)
        # Another worker had the partition meanwhile, and counted on.
        worker.broker.logs[TopicPartition("log", 0)] = [*filler(100), Sent(0, 100, b"a", b"41")]
        worker.broker.logs[TopicPartition("log", 1)] = filler(400)
        worker.reader = Breaks
        await worker.assign(0, 1)
        await worker.take(0, b"a")
        await worker.tasks.drain(1)
        await worker.tasks.close()

    run(work())
    assert broken
    assert worker.journals["counting", 0].values == [b"1", b"42"]


def test_commits_are_opened_no_longer_once_their_partitions_are_given_up(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_over, "_RETRY_S", 0.0)
    gate = asyncio.Event()

    class Opening(Journal):
        async def open(self) -> None:
            await gate.wait()
            await super().open()

    class Failing(Journal):
        async def open(self) -> None:
            raise KafkaConnectionError

    worker.journals = {("counting", 0): Opening(), ("counting", 1): Failing()}

    async def work() -> None:
        opening = asyncio.create_task(worker.tasks.open(assigned(0, 1)))
        await turns()
        await worker.tasks.drain(1)
        assert await opening is False
        assert await worker.tasks.open([])
        gate.set()
        await turns()

    run(work())
    assert worker.journals["counting", 0].opened == 0, "it fenced who has the partition now"


def test_a_worker_that_is_stopped_while_a_rebalance_still_drains(worker: Worker) -> None:
    class Slow(Journal):
        """Lets go of its connection slowly when it is cancelled."""

        async def publish(self, effects: Effects) -> Mapping[str, int]:
            self.hanging = True
            try:
                await asyncio.Event().wait()
            finally:
                await gate.wait()
            return {}

    gate = asyncio.Event()
    slow = worker.journals["counting", 0] = Slow()

    async def work() -> None:
        await worker.assign(0)
        worker.tasks.reserve("counting", 0)
        worker.tasks.accept(batch(b"a"), 1)
        await until(lambda: slow.hanging)
        rebalance = asyncio.create_task(worker.tasks.drain(0))
        await turns()
        stop = asyncio.create_task(worker.tasks.drain(5))
        await turns()
        gate.set()
        await asyncio.gather(rebalance, stop)
        await worker.tasks.close()

    run(work())


def test_a_task_that_is_cancelled_by_nobody_of_ours_is_a_failure(worker: Worker) -> None:
    async def work() -> None:
        await worker.assign(0)
        worker.journals["counting", 0].fails = asyncio.CancelledError()
        await worker.take(0, b"a")
        assert not worker.tasks.gets_on(TopicPartition("in", 0))
        await worker.tasks.drain(1)
        await worker.tasks.close()

    run(work())
    ((task_id, error),) = worker.failed
    assert (task_id, type(error)) == (("counting", 0), CommitFailed)


def test_who_gets_on(worker: Worker) -> None:
    async def work() -> None:
        assert not worker.tasks.gets_on(TopicPartition("in", 0))
        await worker.assign(0, 1)
        worker.tasks.waiting["counting", 1] = "a topic takes nothing"
        assert [worker.tasks.gets_on(TopicPartition("in", number)) for number in range(3)] == [
            True,
            False,
            False,
        ]
        await worker.tasks.drain(1)
        await worker.tasks.close()

    run(work())


def test_a_cancellation_that_is_taken_for_another_is_repeated(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CANCEL_AGAIN_S", 0.0)

    class Deaf(Journal):
        async def publish(self, effects: Effects) -> Mapping[str, int]:
            self.hanging = True
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            await asyncio.Event().wait()
            return {}

    deaf = worker.journals["counting", 0] = Deaf()

    async def work() -> None:
        await worker.assign(0)
        worker.tasks.reserve("counting", 0)
        worker.tasks.accept(batch(b"a"), 1)
        await until(lambda: deaf.hanging)
        await worker.tasks.drain(0)
        await worker.tasks.close()

    run(work())
