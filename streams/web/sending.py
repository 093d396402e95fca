"""Writing to a client who may take nothing."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

log = logging.getLogger(__name__)

TAKES_NOTHING_S = 20.0
_BUFFER_BYTES = 64 * 1024


async def begin(request: web.Request, response: web.StreamResponse) -> None:
    """Send the head; what is not taken yet is bounded from here on."""
    await response.prepare(request)
    if request.transport is not None:
        request.transport.set_write_buffer_limits(high=_BUFFER_BYTES)


async def write(request: web.Request, response: web.StreamResponse, data: bytes) -> None:
    """Write `data`; raises TimeoutError, and hangs up, when the client takes nothing for too long."""
    try:
        async with asyncio.timeout(TAKES_NOTHING_S):
            await response.write(data)
    except TimeoutError:
        _hang_up(request)
        raise


@contextmanager
def begun(request: web.Request) -> Iterator[None]:
    """After the head there can be no other answer: what goes wrong within `with` is logged, and ends the
    connection, as which the client sees it.
    """
    try:
        yield
    except (TimeoutError, ConnectionError):
        pass
    except Exception:
        log.exception("%s %s", request.method, request.rel_url.raw_path)
        _hang_up(request)


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
