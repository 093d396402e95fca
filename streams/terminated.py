"""Stop on SIGTERM: for work that waits, such as for a broker that is away."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Terminated(Exception):
    """SIGTERM came before the work was done."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in an event loop of its own and return what it does; raise Terminated at SIGTERM."""
    try:
        return asyncio.run(_until_sigterm(work))
    except asyncio.CancelledError:
        raise Terminated from None


async def _until_sigterm(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.ensure_future(work)
    with contextlib.suppress(NotImplementedError):  # Windows has no such signal
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task
