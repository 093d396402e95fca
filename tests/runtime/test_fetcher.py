"""A consumer that is stopped ends, also where aiokafka would wait for ever."""

import asyncio
from contextlib import suppress

import aiokafka.consumer.consumer
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.subscription_state import SubscriptionState

from streams.runtime.fetch import Fetcher, install


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
