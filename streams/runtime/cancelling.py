"""Several tasks of asyncio together: awaited, and ended."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any


async def every(awaitables: Iterable[Awaitable[None]]) -> None:
    """Await all of them to their ends; raises what the first raised of those that failed.

    `asyncio.gather` would leave the others running.
    """
    for result in await asyncio.gather(*awaitables, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result


async def end(tasks: Iterable[asyncio.Future[Any]], again_s: float) -> None:
    """Cancel tasks until all have ended, every `again_s` seconds: what lets go of a connection may take a
    cancellation for its own.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=again_s)


def cancelled() -> bool:
    """Whether somebody cancelled this task. A cancellation may also be one of aiokafka's own tasks', which it
    lets out when it is closed while a broker goes away (its issue 647).
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
