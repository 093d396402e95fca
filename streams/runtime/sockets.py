"""Connections to brokers: their end is told on uvloop, too, none waits for a broker that hangs, and none
outlives who made it, or closed it, for long.

uvloop refuses to write to a transport that is closed already (RuntimeError), where asyncio's own drops what
is written. aiokafka waits for OSError (its issue 1038): its metadata task ended for good, and the worker too.

A broker that hangs takes connections, and answers nothing. aiokafka waits for each answer as long as for the
longest, 40 s, and asks it again: the others had long taken its place.

On uvloop every third connection with TLS that was closed while a fetch was under way waited 30 s for the
broker to close it, too; one with something left to write, to a broker that hangs, waits for ever.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, NoReturn

from aiokafka import conn
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.group import HeartbeatRequest
from aiokafka.protocol.metadata import MetadataRequest

# As Java clients wait for a connection. What a broker answers at once takes no longer.
_AT_ONCE_S = 10.0
_AT_ONCE = (FindCoordinatorRequest, HeartbeatRequest, MetadataRequest)
# What is left to write, such as that a member leaves, is written by then where anybody reads it.
_CLOSE_S = 1.0


class Connection(conn.AIOKafkaConnection):  # type: ignore[misc]
    """One that tells of its end by KafkaConnectionError."""

    async def connect(self) -> Any:
        """Be ready for requests. Raises TimeoutError where that takes too long."""
        try:
            async with asyncio.timeout(_AT_ONCE_S):
                return await super().connect()
        except TimeoutError:
            raise TimeoutError(f"no answer within {_AT_ONCE_S:g} s") from None

    def send(self, request: Any, expect_response: bool = True) -> Any:
        """What answers the request, to be awaited."""
        try:
            answer = super().send(request, expect_response)
            return _at_once(answer) if isinstance(request, _AT_ONCE) else answer
        except KafkaError:  # a RuntimeError, too
            raise
        except RuntimeError as error:
            self._broke(error)

    def _send_sasl_token(self, payload: bytes, expect_response: bool = True) -> Any:
        try:
            return super()._send_sasl_token(payload, expect_response)
        except KafkaError:  # a RuntimeError, too
            raise
        except RuntimeError as error:
            self._broke(error)

    def close(self, reason: Any = None, exc: BaseException | None = None) -> Any:
        """End; what is returned, to be awaited, is done soon, whatever the broker does."""
        writer = self._writer
        closed = super().close(reason, exc)
        if writer is not None:
            self._loop.call_later(_CLOSE_S, writer.transport.abort)
        return closed

    def __del__(self) -> None:
        # Who connected, and was cancelled meanwhile, let go of it: that is no error, as aiokafka says it is.
        if self.connected() and not self._loop.is_closed():
            self._on_close_cb = None
            self.close()

    def _broke(self, error: RuntimeError) -> NoReturn:
        self.close(reason=conn.CloseReason.CONNECTION_BROKEN)
        raise KafkaConnectionError(f"{self.host}:{self.port}: {error}") from error


async def _at_once(answer: Awaitable[Any]) -> Any:
    # Not `asyncio.wait_for`, whose task makes it likelier that a cancellation is lost (membership.py).
    async with asyncio.timeout(_AT_ONCE_S):
        return await answer


def install() -> None:
    """Have all clients of this process connect like that."""
    conn.AIOKafkaConnection = Connection
