"""A consumer that is stopped ends, also where aiokafka would wait for ever."""

import asyncio
from contextlib import suppress

import aiokafka.consumer.consumer
import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import OffsetResetStrategy
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.structs import TopicPartition

from streams.runtime.fetch import Fetcher, install

T = TopicPartition("t", 0)
LEADER = 1


async def _swallow_one_cancellation() -> None:
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    await asyncio.Event().wait()


def test_a_fetching_task_that_swallows_its_cancellation_is_cancelled_again() -> None:
    async def close() -> bool:
        fetcher = Fetcher.__new__(Fetcher)
        fetcher._fetch_task = asyncio.create_task(_swallow_one_cancellation())
        fetcher._fetch_waiters, fetcher._pending_tasks = set(), set()
        await asyncio.sleep(0)
        await fetcher.close()
        return bool(fetcher._fetch_task.done())

    assert asyncio.run(close())


def test_a_request_that_waits_to_be_made_again_cancels_nobody_but_itself() -> None:
    async def close() -> bool:
        fetcher = Fetcher(AIOKafkaClient(), SubscriptionState())
        waiting = asyncio.create_task(asyncio.Event().wait())
        await asyncio.sleep(0)
        fetcher._pending_tasks.add(waiting)
        await fetcher.close()
        return waiting.cancelled()

    assert asyncio.run(close())


def test_all_consumers_have_that_fetcher() -> None:
    install()
    assert aiokafka.consumer.consumer.Fetcher is Fetcher


def test_what_waits_to_be_taken_holds_up_no_other_partition() -> None:
    async def backoff() -> float:
        client = AIOKafkaClient()
        fetcher = Fetcher(client, SubscriptionState())
        found = fetcher._prefetch_backoff
        await fetcher.close()
        return float(found)

    assert asyncio.run(backoff()) <= 0.01, "aiokafka's own is 0.1"


def test_what_was_deleted_before_it_was_read_is_told_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    assert read_on(wanted=5, beginning=9) == {"t": 4}
    assert caplog.messages == ["t-0: what was from offset 5 to 9 was deleted before it was read"]


def test_a_log_that_is_another_one_is_told(caplog: pytest.LogCaptureFixture) -> None:
    assert read_on(wanted=5, beginning=0) == {}
    assert caplog.messages == ["t-0 ends before offset 5: it is another log, read from 0"]


def test_who_begins_misses_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert read_on(wanted=None, beginning=9) == {}
    assert caplog.messages == []


def read_on(wanted: int | None, beginning: int) -> dict[str, int]:
    """What is missed when it reads on from `wanted`, where the broker has what is from `beginning`."""

    async def first_offsets(*_: object) -> dict[TopicPartition, tuple[int, None]]:
        return {T: (beginning, None)}

    async def read() -> dict[str, int]:
        install()
        subscriptions = SubscriptionState()
        subscriptions.assign_from_user([T])
        assignment = subscriptions.subscription.assignment
        state = assignment.state_value(T)
        if wanted is not None:
            state.seek(wanted)
        state.await_reset(OffsetResetStrategy.EARLIEST)
        fetcher = Fetcher(AIOKafkaClient(), subscriptions)
        fetcher._proc_offset_request = first_offsets
        await fetcher._update_fetch_positions(assignment, LEADER, [T])
        await fetcher.close()
        assert state.position == beginning
        return dict(fetcher.missed)

    return asyncio.run(read())
