"""What is said to an operator while no broker answers."""

import asyncio
import logging
from typing import Self

log = logging.getLogger(__name__)

LONGEST_S = 5.5  # a little longer than admin pauses, for after that there may be a reason to tell


class Silence:
    """The brokers' silence from `begin` to `end`: it is warned of again and again, whatever waits for them,
    since one that hangs is waited for longer than an operator should be.
    """

    def __init__(self, servers: str) -> None:
        self._servers = servers
        self._next: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def begin(self) -> None:
        """Begin, or go on."""
        if self._next is None:
            loop = asyncio.get_running_loop()
            self._next = loop.call_later(LONGEST_S, self.say, "no reason known yet")

    def say(self, why: str) -> None:
        """Warn at once, and again later."""
        log.warning("no broker answers at %s (%s); waiting", self._servers, why)
        self.end()
        self.begin()

    def end(self) -> None:
        """The brokers answer, or nobody waits any more."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
