"""An event loop whose time passes when nothing else is left to do: waiting is free, and order repeats."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

# asyncio calls timers early by the resolution of a clock. Who then waits for what is left, which may be less
# than a float can add, would do so for ever if a turn of the loop took no time at all.
_TURN_S = 1e-9


class Stuck(Exception):
    """Everybody waits, and nothing is going to happen."""


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop without files or sockets."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._selector = self
        self.set_exception_handler(lambda *_: None)

    def time(self) -> float:
        """Seconds since the loop began."""
        return self._now

    def select(self, timeout: float | None) -> list[Any]:
        """Stands in for the selector: to wait is to have waited."""
        if timeout is None:
            raise Stuck
        self._now += timeout + _TURN_S
        return []

    def _process_events(self, events: list[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """No other thread needs waking."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end, then cancel what it left behind."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(work)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        asyncio.set_event_loop(None)
        loop.close()
