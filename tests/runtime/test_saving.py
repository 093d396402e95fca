"""State that is made durable some batches after its outputs."""

import asyncio
from collections.abc import Sequence

import pytest
from aiokafka.structs import TopicPartition

from streams.runtime.commit import CommitFailed
from streams.runtime.generations import Generations
from streams.runtime.records import Batch, Outgoing
from streams.runtime.saving import Deferral
from streams.runtime.step import Admission, Halt
from streams.runtime.store import Store
from streams.runtime.task import Task
from streams.runtime.turns import Turns
from tests.runtime.counting import SPEC, Journal, Silent, batch, until

LONG_S, SHORT_S = 3_600.0, 0.01
INPUT = TopicPartition("in", 0)


def task_on(
    store: Store,
    journal: Journal,
    interval_s: float = LONG_S,
    max_writes: int = 1_000,
    published: bool = False,
) -> Task:
    deferral = Deferral(interval_s, max_writes, published)
    return Task(SPEC, 0, 4, store, journal, Generations(100), 100, Turns(), deferral=deferral)


async def process(task: Task, *keys: bytes, offset: int = 0, value: bytes = b"") -> None:
    await task.process(batch(*keys, offset=offset, value=value), 0, Silent())


def test_outputs_go_at_once_and_state_waits(store: Store) -> None:
    journal = Journal()
    task = task_on(store, journal)

    async def run() -> None:
        await process(task, b"a", b"b")
        await process(task, b"a", offset=2)

    asyncio.run(run())
    assert journal.values == [b"1", b"1", b"2"]
    assert not any(each.offsets or any(each.changelog.values()) for each in journal.published)
    assert store.get("counts", [b"a"]) == [None]
    assert task.view.get("counts", [b"a", b"b"]) == [2, 1]
    assert not task.view.in_flight


def test_only_the_store_waits_where_state_is_published(store: Store) -> None:
    journal = Journal()
    task = task_on(store, journal, published=True)

    async def run() -> None:
        await process(task, b"a", b"b")
        await process(task, b"a", offset=2)

    asyncio.run(run())
    assert [(each.changelog, each.offsets) for each in journal.published] == [
        ({"log": [(b"a", b"1"), (b"b", b"1")]}, {INPUT: 2}),
        ({"log": [(b"a", b"2")]}, {INPUT: 3}),
    ]
    assert (store.get("counts", [b"a"]), store.position("log")) == ([None], None)
    assert task.view.get("counts", [b"a", b"b"]) == [2, 1]


def test_the_store_follows(store: Store) -> None:
    journal = Journal()
    task = task_on(store, journal, SHORT_S, published=True)

    async def run() -> None:
        running = asyncio.create_task(task.run(lambda: 0, Silent()))
        task.inbox.reserve()
        task.accept(batch(b"a", b"a", b"b"))
        async with asyncio.timeout(5):
            await until(lambda: store.position("log") is not None)
        assert store.get("counts", [b"a", b"b"]) == [b"2", b"1"]
        assert store.position("log") == 100
        task.stop()
        await running

    asyncio.run(run())
    assert len(journal.published) == 1


def test_state_of_several_batches_becomes_durable_together(store: Store) -> None:
    journal = Journal()
    task = task_on(store, journal, SHORT_S)

    async def run() -> None:
        running = asyncio.create_task(task.run(lambda: 0, Silent()))
        task.inbox.reserve()
        task.accept(batch(b"a", b"a", b"b"))
        async with asyncio.timeout(5):
            await until(lambda: journal.done)
        task.stop()
        await running

    asyncio.run(run())
    (state,) = (each for each in journal.published if each.offsets)
    assert (state.outputs, state.changelog, state.offsets) == (
        (),
        {"log": [(b"a", b"2"), (b"b", b"1")]},
        {INPUT: 3},
    )
    assert store.get("counts", [b"a", b"b"]) == [b"2", b"1"]
    assert store.position("log") == 100 * len(journal.published)


@pytest.mark.parametrize("published", [False, True])
def test_who_stops_leaves_nothing_behind(store: Store, published: bool) -> None:
    journal = Journal()
    task = task_on(store, journal, published=published)

    async def run() -> None:
        await process(task, b"a")
        task.stop()
        await task.run(lambda: 0, Silent())

    asyncio.run(run())
    assert journal.published[-1].offsets == {INPUT: 1}
    assert store.get("counts", [b"a"]) == [b"1"]


def test_a_batch_that_halts_takes_nothing_with_it(store: Store) -> None:
    journal = Journal()
    task = task_on(store, journal)

    async def run() -> None:
        await process(task, b"a")
        task.inbox.reserve()
        task.accept(batch(b"a", offset=1, value=b"halt"))
        with pytest.raises(Halt):
            await task.run(lambda: 0, Silent())

    asyncio.run(run())
    assert journal.published[-1].offsets == {INPUT: 1}
    assert store.get("counts", [b"a"]) == [b"1"]


def test_a_batch_that_is_not_admitted_takes_nothing_with_it(store: Store) -> None:
    journal = Journal()
    task = task_on(store, journal)

    def no_more(batch: Batch, outputs: Sequence[Outgoing]) -> Admission:
        raise Halt("no more")

    async def run() -> None:
        await process(task, b"a")
        task.spec = task.spec._replace(admission=no_more)
        task.inbox.reserve()
        task.accept(batch(b"a", offset=1))
        with pytest.raises(Halt):
            async with asyncio.timeout(30):
                await task.run(lambda: 0, Silent())

    asyncio.run(run())
    assert journal.published[-1].offsets == {INPUT: 1}
    assert store.get("counts", [b"a"]) == [b"1"]


def test_state_does_not_wait_for_a_batch_that_waits(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.runtime.task._ADMITTED_S", 0)
    journal = Journal()
    task = task_on(store, journal, SHORT_S)

    async def run() -> None:
        await process(task, b"a")
        task.spec = task.spec._replace(admission=lambda *_: lambda waited_s: False)
        waiting = asyncio.create_task(process(task, b"a", offset=1))
        async with asyncio.timeout(30):
            await until(lambda: journal.done)
        task.stop()
        await waiting

    asyncio.run(run())
    assert journal.published[-1].offsets == {INPUT: 1}
    assert journal.values == [b"1"]


@pytest.mark.parametrize("published", [False, True])
def test_much_state_does_not_wait(store: Store, published: bool) -> None:
    journal = Journal()
    task = task_on(store, journal, max_writes=2, published=published)
    asyncio.run(process(task, b"a"))
    assert store.get("counts", [b"a"]) == [None]
    asyncio.run(process(task, b"b", offset=1))
    assert store.get("counts", [b"a", b"b"]) == [b"1", b"1"]


def test_what_could_not_be_saved_goes_back_to_what_was(store: Store) -> None:
    journal = Journal()
    task = task_on(store, journal)

    async def run() -> None:
        await process(task, b"a")
        journal.fails = CommitFailed("fenced")
        task.stop()
        with pytest.raises(CommitFailed):
            await task.run(lambda: 0, Silent())
        task.reset()
        assert task.view.get("counts", [b"a"]) == [None]
        task.reopen()
        await process(task, b"a")

    asyncio.run(run())
    assert journal.values == [b"1", b"1"], "repeated"


def test_what_was_given_up_is_not_committed_with_what_comes_then(store: Store) -> None:
    journal = Journal()
    task = task_on(store, journal)

    async def run() -> None:
        await task.process(Batch("counting", 0, positions={TopicPartition("other", 0): 7}), 0, Silent())
        task.reset()
        await process(task, b"a")
        task.stop()
        await task.run(lambda: 0, Silent())

    asyncio.run(run())
    assert journal.published[-1].offsets == {INPUT: 1}


def test_a_batch_that_fails_takes_no_other_with_it(store: Store) -> None:
    journal = Journal()
    task = task_on(store, journal, published=True)

    async def run() -> None:
        await process(task, b"a")
        journal.fails = CommitFailed("fenced")
        with pytest.raises(CommitFailed):
            await process(task, b"a", offset=1)
        task.stop()
        await task.run(lambda: 0, Silent())

    asyncio.run(run())
    assert (store.get("counts", [b"a"]), store.position("log")) == ([b"1"], 100)


def test_nothing_is_saved_where_nothing_came(store: Store) -> None:
    journal = Journal()
    task = task_on(store, journal, SHORT_S)

    async def run() -> None:
        running = asyncio.create_task(task.run(lambda: 0, Silent()))
        await asyncio.sleep(5 * SHORT_S)
        task.stop()
        await running

    asyncio.run(run())
    assert not journal.published


def test_offsets_alone_are_nothing_to_store(store: Store) -> None:
    journal = Journal()
    task = task_on(store, journal, published=True)
    moved = Batch("counting", 0, positions={INPUT: 7})

    async def run() -> None:
        await task.process(moved, 0, Silent())
        assert task._saving.due_in_s() == float("inf")

    asyncio.run(run())
    assert [each.offsets for each in journal.done] == [{INPUT: 7}]
