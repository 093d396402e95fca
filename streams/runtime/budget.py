"""How much is in process at once, over all tasks of a worker."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

# The share of it all that is small.
_SMALL = 0.05
# What takes longer waits for something else (a topic that takes nothing), and must not hold up the others.
_HELD_S = 2.0


class Budget:
    """Records that may be in process: a batch with its outputs and writes takes some kilobytes for each.

    Small batches never wait, and are not counted. Large ones, when many partitions catch up at once, take
    their turns: more of them side by side would be no faster, only larger.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = most
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def spent(self, records: int) -> AsyncIterator[None]:
        """Within `with` so many records are in process; the first who waits is the first to get them."""
        if records <= self._most * _SMALL:
            yield
            return
        share = min(records, self._most)
        await self._take(share)
        once = iter([share])
        late = asyncio.get_running_loop().call_later(_HELD_S, self._give_back, once)
        try:
            yield
        finally:
            late.cancel()
            self._give_back(once)

    def _give_back(self, share: Iterator[int]) -> None:
        self._left += next(share, 0)
        self._serve()

    async def _take(self, share: int) -> None:
        if not self._waiting and share <= self._left:
            self._left -= share
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((share, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._left += share
            self._serve()
            raise

    def _serve(self) -> None:
        while self._waiting and (self._waiting[0][1].cancelled() or self._waiting[0][0] <= self._left):
            share, turn = self._waiting.popleft()
            if not turn.cancelled():
                self._left -= share
                turn.set_result(None)
