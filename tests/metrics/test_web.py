"""Requests are counted by route, whatever their paths are."""

import asyncio

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from streams.metrics import declarations as declared
from streams.metrics.instruments import Instruments
from streams.metrics.web import count_requests
from streams.web.problems import as_problems, not_found


async def _video(request: web.Request) -> web.Response:
    if request.match_info["video_id"] == "none":
        raise not_found("video")
    return web.Response()


async def _asked(*paths: str) -> Instruments:
    instruments = Instruments()
    app = web.Application(middlewares=[count_requests(instruments), as_problems])
    app.router.add_get("/v1/videos/{video_id}", _video)
    app.router.add_get("/metrics", lambda _: asyncio.sleep(0, web.Response()))
    async with TestClient(TestServer(app)) as client:
        for path in paths:
            await client.get(path)
    return instruments


def test_by_route_and_status() -> None:
    instruments = asyncio.run(
        _asked("/v1/videos/v1", "/v1/videos/v2", "/v1/videos/none", "/metrics", "/x", "/y", "/v1/x")
    )
    assert instruments.counter(declared.WEB_REQUESTS) == {
        ("/v1/videos/{video_id}", "2xx"): 2,
        ("/v1/videos/{video_id}", "4xx"): 1,
        ("other", "2xx"): 1,
        ("other", "4xx"): 3,
    }
    assert sum(instruments.distribution(declared.WEB_SECONDS).counts) == 3
