"""Stop on SIGTERM: for work that waits, such as for a broker that is away."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

# Before Python 3.12 a cancellation is lost where it meets the end of what `asyncio.wait_for` waits for, which
# is how aiokafka waits for connections. What cleans up has so long before it is cancelled, too.
_AGAIN_S = 3.0


class Terminated(Exception):
    """SIGTERM came before the work was done."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in an event loop of its own and return what it does; raise Terminated at SIGTERM."""
    try:
        return asyncio.run(_until_sigterm(work))
    except asyncio.CancelledError:
        raise Terminated from None


async def _until_sigterm(work: Coroutine[Any, Any, T]) -> T:
    task, sigterm = asyncio.ensure_future(work), asyncio.Event()
    with contextlib.suppress(NotImplementedError):  # Windows has no such signal
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, sigterm.set)
    stopping = asyncio.ensure_future(sigterm.wait())
    try:
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        await _end(task)
    return await task


async def _end(task: "asyncio.Future[Any]") -> None:
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_AGAIN_S)
