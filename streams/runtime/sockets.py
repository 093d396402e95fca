"""Connections to brokers whose end is told as such on uvloop, too, and that end when nobody holds them.

uvloop refuses to write to a transport that is closed already (RuntimeError), where asyncio's own drops what
is written. aiokafka waits for OSError (its issue 1038): its metadata task ended for good, and the worker too.
"""

from typing import Any, NoReturn

from aiokafka import conn
from aiokafka.errors import KafkaConnectionError, KafkaError


class Connection(conn.AIOKafkaConnection):  # type: ignore[misc]
    """One that tells of its end by KafkaConnectionError."""

    def send(self, request: Any, expect_response: bool = True) -> Any:
        """What answers the request, to be awaited."""
        try:
            return super().send(request, expect_response)
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

    def __del__(self) -> None:
        # Who connected, and was cancelled meanwhile, let go of it: that is no error, as aiokafka says it is.
        if self.connected() and not self._loop.is_closed():
            self._on_close_cb = None
            self.close()

    def _broke(self, error: RuntimeError) -> NoReturn:
        self.close(reason=conn.CloseReason.CONNECTION_BROKEN)
        raise KafkaConnectionError(f"{self.host}:{self.port}: {error}") from error


def install() -> None:
    """Have all clients of this process connect like that."""
    conn.AIOKafkaConnection = Connection
