"""Why brokers do not answer a running worker: its clients log that they try again, not whether that helps."""

import asyncio
import logging

from streams import refusals
from streams.refusals import NotLetIn
from streams.runtime.connection import Connection
from streams.runtime.lag import Lag

log = logging.getLogger(__name__)

_LONG_S = 3.0
_POLL_S = 3.0


class Absence:
    """Knocks once brokers have not answered for a while; `refused` says why they do not let us in, if so.

    A name that was deleted may come back, so that a worker that runs waits where one that starts would end.
    """

    def __init__(self, lag: Lag, connection: Connection) -> None:
        self.refused: str | None = None
        self._lag = lag
        self._connection = connection

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(_POLL_S)
            await self.look()

    async def look(self) -> None:
        """Knock, if they are away, and say so when they refuse us, or do so no more."""
        refused = await self._knock() if self._lag.away_s >= _LONG_S else None
        if refused and refused != self.refused:
            log.error("waiting, nothing is lost: %s", refused)
        self.refused = refused

    async def _knock(self) -> str | None:
        try:
            await refusals.explain(self._connection)
        except NotLetIn as refused:
            return str(refused)
        return None
