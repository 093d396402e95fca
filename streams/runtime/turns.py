"""Who of a worker's tasks is at work: how many batches are in process at once, which one is being folded."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager

# So many records make a large batch: it takes a tenth of a second, and not some milliseconds.
_MANY = 1_000
# Each small batch is a transaction. More of them beside each other only keep the brokers busy, and are slower
# all together; those that wait their turn gather what comes meanwhile.
SMALL = 2
# While one is folded another is committed. More would be no faster, only take more memory.
LARGE = 2
# A request is read in one turn of the loop, and answered in the next.
_LOOP_TURNS = 3
# What takes longer waits for something else (a topic that takes nothing), and must not hold up the others.
_HELD_S = 2.0


class Turns:
    """Small batches take turns among themselves, and so do large ones (when many partitions catch up):
    neither wait for the others.
    """

    def __init__(self) -> None:
        self._small = asyncio.Semaphore(SMALL)
        self._large = asyncio.Semaphore(LARGE)
        self._computing = asyncio.Lock()

    @asynccontextmanager
    async def turn(self, records: int) -> AsyncIterator[Callable[[], None]]:
        """Within `with` a batch of so many records is in process; who waits first is next. It gives what
        ends the turn earlier, for a batch that has to wait for something else.
        """
        turns = self._large if records >= _MANY else self._small
        await turns.acquire()
        with ExitStack() as once:
            once.callback(turns.release)
            late = asyncio.get_running_loop().call_later(_HELD_S, once.close)
            once.callback(late.cancel)
            yield once.close

    @asynccontextmanager
    async def stretch(self) -> AsyncIterator[None]:
        """Within `with` a task holds the loop, for some milliseconds; no other does. Web requests go first,
        between any two: one waits for what is left of one stretch, and not for every task's.
        """
        async with self._computing:
            for _ in range(_LOOP_TURNS):
                await asyncio.sleep(0)
            yield
