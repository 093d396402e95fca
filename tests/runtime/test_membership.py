"""Heartbeats end when they are told to."""

import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaError

from streams.runtime import membership
from streams.runtime.membership import Coordinator


def stopped(heartbeats: Any) -> asyncio.Future[None]:
    """What has become of them."""

    async def stop() -> asyncio.Future[None]:
        coordinator: Any = Coordinator.__new__(Coordinator)
        task: asyncio.Future[None] = asyncio.ensure_future(heartbeats)
        coordinator._heartbeat_task = task
        await asyncio.sleep(0)
        async with asyncio.timeout(60):
            await coordinator._stop_heartbeat_task()
        assert coordinator._heartbeat_task is None
        return task

    return asyncio.run(stop())


def test_they_end_though_a_cancellation_met_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(membership, "_AGAIN_S", 0.0)

    async def beat() -> None:
        for _ in range(2):
            try:
                await asyncio.sleep(3_600)
            except asyncio.CancelledError:
                continue  # the answer was there

    assert stopped(beat()).done()


def test_what_they_end_with_is_told() -> None:
    async def beat() -> None:
        try:
            await asyncio.sleep(3_600)
        except asyncio.CancelledError:
            raise KafkaError("no longer allowed") from None

    with pytest.raises(KafkaError, match="no longer allowed"):
        stopped(beat())
