"""What is answered until a worker knows its surroundings, and how the real site takes over."""

import asyncio

import aiohttp
from aiohttp import web

from streams.web.server import Server
from streams.web.starting import starting
from tests.web.site import on_loop

PROBE = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def _real(_: web.Request) -> web.Response:
    return web.Response(text="real")


def real() -> web.Application:
    site = web.Application()
    site.router.add_get("/livez", _real)
    return site


def test_whatever_is_asked_for_but_probes_is_a_problem() -> None:
    async def check() -> None:
        server = Server(10)
        await server.serve(starting())
        url = f"http://127.0.0.1:{await server.listen('127.0.0.1', 0)}"
        async with aiohttp.ClientSession() as session:
            for method, path in (("GET", "/"), ("POST", "/v1/x"), ("GET", "/metrics"), ("POST", "/livez")):
                async with session.request(method, url + path) as answer:
                    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
                    assert answer.headers["Server"] == "link-status"
                    assert (await answer.json(content_type=None))["status"] == 503
            async with session.get(f"{url}/livez") as live, session.get(f"{url}/readyz") as ready:
                assert (live.status, ready.status) == (200, 503)
        await server.close()

    on_loop(check())


def test_no_connection_outlasts_it() -> None:
    async def check() -> None:
        server = Server(10)
        await server.serve(starting())
        port = await server.listen("127.0.0.1", 0)
        silent, _ = quiet = await asyncio.open_connection("127.0.0.1", port)
        asking, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(PROBE)
        assert b"Connection: close" in await asking.read()
        await server.serve(real())
        assert await silent.read() == b""
        reader, again = await asyncio.open_connection("127.0.0.1", port)
        again.write(PROBE)
        assert (await reader.readuntil(b"real")).startswith(b"HTTP/1.1 200 OK")
        for each in (quiet[1], writer, again):
            each.close()
        await server.close()

    on_loop(check())
