"""Writing to a client who may take nothing."""

import asyncio

from aiohttp import web

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
        if request.transport is not None:
            request.transport.abort()
        raise
