"""Heartbeats end when they are told to, and offsets are asked for until they are told."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError
from aiokafka.protocol.commit import OffsetFetchResponse_v3
from aiokafka.structs import TopicPartition

from streams.runtime import membership
from streams.runtime.clients import group_arguments
from streams.runtime.membership import Coordinator
from tests.runtime.apps import unstarted

T = TopicPartition("t", 0)
TOLD = OffsetFetchResponse_v3(0, [("t", [(0, 7, "", 0)])], 0)


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


def refusal(code: int) -> OffsetFetchResponse_v3:
    """What a broker answers for a group that it does not, or may not, tell of."""
    return OffsetFetchResponse_v3(0, [], code)


def committed(*answers: OffsetFetchResponse_v3) -> tuple[int, int]:
    """The offset that comes of these answers, and how often the coordinator was looked for."""
    left: Iterator[OffsetFetchResponse_v3] = iter(answers)

    class Known(Coordinator):
        coordinator_id: int | None = None
        looked = 0

        async def ensure_coordinator_known(self) -> None:
            if self.coordinator_id is None:
                self.coordinator_id, self.looked = 1, self.looked + 1
                self._coordinator_dead_fut = asyncio.get_running_loop().create_future()

    async def ask() -> tuple[int, int]:
        async def send(*_: object, **__: object) -> OffsetFetchResponse_v3:
            return next(left)

        coordinator: Any = Known.__new__(Known)
        coordinator._client = SimpleNamespace(send=send)
        coordinator.group_id, coordinator._retry_backoff_ms = "g", 0
        offsets = await coordinator.fetch_committed_offsets([T])
        return offsets[T].offset, coordinator.looked

    return asyncio.run(ask())


@pytest.mark.parametrize(("code", "looked"), [(14, 1), (15, 2), (16, 2)])
def test_a_broker_that_does_not_tell_offsets_is_asked_again(code: int, looked: int) -> None:
    assert committed(refusal(code), TOLD) == (7, looked)


def test_who_may_not_know_offsets_is_told() -> None:
    with pytest.raises(GroupAuthorizationFailedError, match="g"):
        committed(refusal(30))


def test_a_member_that_has_nothing_to_poll_stays_one(tmp_path: Path) -> None:
    arguments = group_arguments(unstarted(tmp_path, {}).config, None)
    years_s = 10 * 365 * 24 * 3600.0
    done: list[str] = []

    class Waiting(Coordinator):
        async def ensure_coordinator_known(self) -> None: ...

        async def _do_heartbeat(self) -> bool:
            done.append("beat")
            if len(done) == 2:
                self.member_id = ""
            return True

        async def _maybe_leave_group(self) -> None:
            done.append("left")
            self.member_id = ""

    async def beat() -> None:
        waiting: Any = Waiting.__new__(Waiting)
        waiting._heartbeat_interval_ms = waiting._retry_backoff_ms = 0
        waiting._session_timeout_ms = arguments["session_timeout_ms"]
        waiting._max_poll_interval = arguments["max_poll_interval_ms"] / 1000
        waiting._subscription = SimpleNamespace(fetcher_idle_time=years_s)
        waiting.member_id = "m"
        await waiting._heartbeat_routine()

    asyncio.run(beat())
    assert done == ["beat", "beat"]
