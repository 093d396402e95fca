"""Stop on SIGTERM and Ctrl-C: for work that waits, such as for a broker that is away."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from streams.runtime.cancelling import end

T = TypeVar("T")

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# Before Python 3.12 a cancellation is lost where it meets the end of what `asyncio.wait_for` waits for, which
# is how aiokafka waits for connections. What cleans up has so long before it is cancelled, too, unless it is
# awaited by `to_its_end`.
_AGAIN_S = 3.0


class Terminated(Exception):
    """SIGTERM came before the work was done."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in an event loop of its own and return what it does.

    Raises Terminated at SIGTERM and KeyboardInterrupt at SIGINT; the process passes over both from then on.
    """
    stop = _Stop()
    try:
        return asyncio.run(_until_stopped(work, stop))
    except asyncio.CancelledError:
        raise (KeyboardInterrupt if stop.number == signal.SIGINT else Terminated) from None


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Await what cleans up, and has an end of its own, however often we are told to stop meanwhile."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({task})
    return task.result()


class _Stop(asyncio.Event):
    """Set by the first signal; `number` is which."""

    number: int | None = None

    def take(self, number: int) -> None:
        if not self.is_set():
            self.number = number
            self.set()


async def _until_stopped(work: Coroutine[Any, Any, T], stop: _Stop) -> T:
    task, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    with _listening(stop):
        try:
            await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            await end({task}, _AGAIN_S)
    return await task


@contextlib.contextmanager
def _listening(stop: _Stop) -> Iterator[None]:
    if sys.platform == "win32":  # whose loops take no signals
        yield
        return
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.take, number)
    try:
        yield
    finally:
        # A second signal, which is likely now, must meet neither its default nor a loop that is closing.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
            if stop.is_set():
                signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
