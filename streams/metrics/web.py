"""Requests to a worker's web, and what its probes say."""

import time

from aiohttp import web
from aiohttp.typedefs import Middleware

from streams.health import WorkerHealth
from streams.metrics import declarations as declared
from streams.metrics.instruments import Instruments
from streams.web.open_streams import OpenStreams
from streams.web.problems import Handler

_OTHER = "other"
_API = "/v1/"


def count_requests(instruments: Instruments) -> Middleware:
    """Counts each request by its route, of which there are few, not by its path."""
    requests = instruments.counter(declared.WEB_REQUESTS)
    seconds = instruments.distribution(declared.WEB_SECONDS)

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = time.perf_counter()
        response = await handler(request)
        route = route_of(request)
        requests[route, f"{response.status // 100}xx"] += 1
        if route != _OTHER and isinstance(response, web.Response):
            seconds.observe(time.perf_counter() - started)
        return response

    return count


def route_of(request: web.Request) -> str:
    """The route of the API that a request took, with the names of its parts."""
    resource = request.match_info.route.resource
    path = "" if resource is None else resource.canonical
    return path if path.startswith(_API) else _OTHER


def read_health(instruments: Instruments, health: WorkerHealth) -> None:
    """What the probes say, and why."""
    instruments.value(declared.LIVE, lambda: health.live().ok)
    instruments.value(declared.READY, lambda: health.ready().ok)
    instruments.value(declared.STALLED, lambda: health.stalled_s)
    instruments.value(declared.INPUT_STOPPED, lambda: health.input_stopped)


def read_streams(instruments: Instruments, streams: OpenStreams) -> None:
    """The open event streams."""
    instruments.value(declared.SSE_CLIENTS, lambda: len(streams))
