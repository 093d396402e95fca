"""Why brokers do not answer a running worker: its clients log that they try again, not whether that helps."""

import asyncio
import logging
from collections.abc import Callable

from streams import refusals
from streams.refusals import NotLetIn
from streams.runtime.connection import Connection
from streams.runtime.lag import Lag
from streams.settings import WrongSetting

log = logging.getLogger(__name__)

_LONG_S = 3.0
_POLL_S = 3.0


class Absence:
    """Knocks once brokers have not answered for a while; `refused` says why they do not let us in, if so.

    A name that was deleted may come back, so that a worker that runs waits where one that starts would end.
    Unless it is one that starts now whom they let in: then files hold another password or certificate by now,
    and `outdated` is true. `renewed` gives the connection of one that starts.
    """

    def __init__(self, lag: Lag, connection: Connection, renewed: Callable[[], Connection]) -> None:
        self.refused: str | None = None
        self.outdated = False
        self._lag = lag
        self._connection = connection
        self._renewed = renewed

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(_POLL_S)
            await self.look()

    async def look(self) -> None:
        """Knock, if they are away, and say so when they refuse us, or do so no more."""
        refused = await _knock(self._connection) if self._lag.away_s >= _LONG_S else None
        outdated = refused is not None and await self._would_help()
        if refused and refused != self.refused:
            log.error("waiting, nothing is lost: %s", refused)
        if outdated and not self.outdated:
            log.error("what is in the files by now lets a worker in: start this one anew")
        self.refused, self.outdated = refused, outdated

    async def _would_help(self) -> bool:
        """Whether a new start would."""
        try:
            return await _knock(self._renewed()) is None
        except WrongSetting:
            return False  # as while files are being replaced


async def _knock(connection: Connection) -> str | None:
    try:
        await refusals.explain(connection)
    except NotLetIn as refused:
        return str(refused)
    return None
