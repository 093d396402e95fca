"""A member's heartbeats end when they are told to, so that it can join its group again.

aiokafka cancels the task of its heartbeats, once, and waits for its end. Before Python 3.12 a cancellation is
lost where it meets the answer to a heartbeat, for `asyncio.wait_for` hands that out instead. The task went
on, its heartbeats kept the member in its group, and nothing was ever read again.
"""

import asyncio

from aiokafka.consumer import consumer, group_coordinator

from streams.runtime.cancelling import end

_AGAIN_S = 0.5


class Coordinator(group_coordinator.GroupCoordinator):  # type: ignore[misc]
    """One whose heartbeats end."""

    _heartbeat_task: "asyncio.Task[None] | None"

    async def _stop_heartbeat_task(self) -> None:
        task = self._heartbeat_task
        if task is not None and not task.done():
            await end({task}, _AGAIN_S)
            if not task.cancelled():
                task.result()
        self._heartbeat_task = None


def install() -> None:
    """Have all consumers of this process join by such ones."""
    consumer.GroupCoordinator = Coordinator
