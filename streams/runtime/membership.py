"""A member's heartbeats end when they are told to, so that it can join its group again; and offsets that no
coordinator told it are not taken for none.

aiokafka cancels the task of its heartbeats, once, and waits for its end. Before Python 3.12 a cancellation is
lost where it meets the answer to a heartbeat, for `asyncio.wait_for` hands that out instead. The task went
on, its heartbeats kept the member in its group, and nothing was ever read again.

A broker that is the group's coordinator no more, or not yet, answers with one error and no offsets. aiokafka
looks for errors of partitions only: a member read everything from the beginning.
"""

import asyncio
from typing import Any

from aiokafka.consumer import consumer, group_coordinator
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    GroupCoordinatorNotAvailableError,
    NoError,
    NotCoordinatorForGroupError,
    for_code,
)
from aiokafka.protocol.commit import OffsetFetchRequest

from streams.runtime.cancelling import end

_AGAIN_S = 0.5
_ELSEWHERE = (GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError)


class Coordinator(group_coordinator.GroupCoordinator):  # type: ignore[misc]
    """One whose heartbeats end, and who asks for offsets until it is told."""

    _heartbeat_task: "asyncio.Task[None] | None"

    async def _stop_heartbeat_task(self) -> None:
        task = self._heartbeat_task
        if task is not None and not task.done():
            await end({task}, _AGAIN_S)
            if not task.cancelled():
                task.result()
        self._heartbeat_task = None

    async def _send_req(self, request: Any) -> Any:
        answer = await super()._send_req(request)
        if isinstance(request, OffsetFetchRequest):
            self._check(for_code(getattr(answer, "error_code", NoError.errno)))
        return answer

    def _check(self, error: Any) -> None:
        if error in _ELSEWHERE:
            self.coordinator_dead()
        if error is GroupAuthorizationFailedError:
            raise error(self.group_id)
        if error is not NoError:
            raise error


def install() -> None:
    """Have all consumers of this process join by such ones."""
    consumer.GroupCoordinator = Coordinator
