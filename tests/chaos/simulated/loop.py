"""An event loop whose time passes when nothing else is left to do: waiting is free, and order repeats."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from heapq import heappop, heappush
from typing import Any, TypeVar, TypeVarTuple, Unpack, cast

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

# Who waits for what is left of a time, which may be less than a float can add, would do so for ever if a turn
# of the loop took no time at all.
_TURN_S = 1e-9


class Stuck(Exception):
    """Everybody waits, and nothing is going to happen."""


class Call:
    """What is to be called; stands in for an `asyncio.TimerHandle`."""

    __slots__ = ("args", "cancelled", "context", "function")

    def __init__(self, function: Callable[..., object], args: Any, context: Context | None) -> None:
        self.function = function
        self.args = args
        self.context = context
        self.cancelled = False

    def cancel(self) -> None:
        """It is not called, if it was not yet."""
        self.cancelled = True


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop without files, sockets and threads.

    What asyncio's own takes for those is a quarter of the time of a simulation.
    """

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._soon: deque[Call] = deque()
        self._later: list[tuple[float, int, Call]] = []
        self._timers = 0
        self._stopped = False
        self.set_exception_handler(lambda *_: None)

    def time(self) -> float:
        """Seconds since the loop began."""
        return self._now

    def stop(self) -> None:
        """Let `run_forever` return after this turn."""
        self._stopped = True

    def call_soon(
        self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Call it in the next turn, after what is to be called already."""
        call = Call(callback, args, context)
        self._soon.append(call)
        return cast(asyncio.Handle, call)

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call it then, after what is to be called at the same time already."""
        call = Call(callback, args, context)
        self._timers += 1
        heappush(self._later, (when, self._timers, call))
        return cast(asyncio.TimerHandle, call)

    def call_later(
        self,
        delay: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call it when so many seconds have passed."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def run_forever(self) -> None:
        """Run until `stop`. Raises Stuck, and what a call raises."""
        asyncio._set_running_loop(self)
        try:
            while not self._stopped:
                self._pass_time()
                self._turn()
        finally:
            self._stopped = False
            asyncio._set_running_loop(None)

    def _pass_time(self) -> None:
        """To wait is to have waited."""
        later = self._later
        while later and later[0][2].cancelled:
            heappop(later)
        if not self._soon:
            if not later:
                raise Stuck
            self._now = max(self._now, later[0][0])
        self._now += _TURN_S
        while later and later[0][0] <= self._now:
            self._soon.append(heappop(later)[2])

    def _turn(self) -> None:
        """What is called for by what is called now has the next turn."""
        soon = self._soon
        for _ in range(len(soon)):
            call = soon.popleft()
            if call.cancelled:
                continue
            if call.context is None:
                call.function(*call.args)
            else:
                call.context.run(call.function, *call.args)


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
