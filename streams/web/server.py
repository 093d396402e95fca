"""Listens on one address, for a bounded number of connections."""

import asyncio
import logging
from functools import cache
from http import HTTPStatus
from typing import cast

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from streams.web.hardening import HEADERS
from streams.web.problems import Problem, refused, unavailable

log = logging.getLogger(__name__)

_CLOSING_S = 1.0
_IDLE_S = 75.0
_TAKEN_S = 60.0


@cache
def _full() -> bytes:
    """The answer for whom there is no room, as it goes over the wire."""
    answer = unavailable("too-many-connections", "this worker has as many connections as it may").response()
    body = cast(bytes, answer.body)
    headers = {**answer.headers, **HEADERS, "Content-Length": str(len(body)), "Connection": "close"}
    head = ["HTTP/1.1 503 Service Unavailable", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*head, "", ""]).encode() + body


class Server:
    """Listens by `listen`, answers by what `serve` was given last; until then it refuses."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> int:
        """Take the address; returns the port. Raises OSError when it is taken."""
        self._server = await asyncio.get_running_loop().create_server(
            self._connected, host, port, reuse_address=True
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def serve(self, application: web.Application) -> None:
        """Serve `application` until closed, or given another; connections to the one before are closed."""
        # A request whose client is gone is not worked on any further.
        runner = web.AppRunner(
            application,
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=_CLOSING_S,
            keepalive_timeout=_IDLE_S,
        )
        await runner.setup()
        before, self._runner = self._runner, runner
        if before is not None:
            await before.cleanup()

    async def close(self) -> None:
        """Stop serving."""
        if self._server is not None:
            self._server.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def _connected(self) -> asyncio.BaseProtocol:
        server = self._runner.server if self._runner is not None else None
        if server is None or len(server.connections) >= self._connections:
            return _Full()
        return _Connection(server, loop=asyncio.get_running_loop(), **server._kwargs)


class _Connection(RequestHandler):
    """One whose requests that are none are answered as other mistakes are; its answers have to be taken.

    aiohttp logs such requests with all their bytes, which may hold a token, and sends some of these back; it
    waits for ever for a client that takes nothing.
    """

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the answer, or what is left of it; returns whether the client is gone.

        What an application refuses before its own code runs is a problem as well.
        """
        if isinstance(resp, web.HTTPException):
            resp = refused(resp).response()
        try:
            async with asyncio.timeout(_TAKEN_S):
                return await super().finish_response(request, resp, start_time)
        except TimeoutError:
            if self.transport is not None:
                self.transport.abort()
            return resp, True

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        log.info("a request from %s cannot be read: %s", request.remote, type(exc).__name__)
        if request.writer.output_size:
            raise ConnectionError("an answer is under way already")
        response = Problem(HTTPStatus(status), "invalid-request", "the request cannot be read").response()
        response.headers.update(HEADERS)
        response.force_close()
        return response


class _Full(asyncio.Protocol):
    """Says that there is no room, and hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are not derived from it.
        writable = cast(asyncio.Transport, transport)
        writable.write(_full())
        writable.close()
