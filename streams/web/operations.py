"""`/metrics`, `/livez` and `/readyz` (CONTRACT.md, "Commands and settings")."""

from collections.abc import Callable
from typing import NamedTuple

from aiohttp import web

from streams.web.problems import Handler

Exposition = Callable[[str], tuple[bytes, str]]
"""The metrics in the best format that a client's `Accept` allows, and their content type."""


class Health(NamedTuple):
    """Whether a probe passes, and why."""

    ok: bool
    reason: str


def add_operations(
    app: web.Application, metrics: Exposition, live: Callable[[], Health], ready: Callable[[], Health]
) -> None:
    """Have `app` serve the operators' endpoints."""

    async def scrape(request: web.Request) -> web.Response:
        body, content_type = metrics(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    app.router.add_get("/metrics", scrape)
    add_probes(app, live, ready)


def add_probes(app: web.Application, live: Callable[[], Health], ready: Callable[[], Health]) -> None:
    """Have `app` serve those among them that tell of health."""
    app.router.add_get("/livez", _probe(live))
    app.router.add_get("/readyz", _probe(ready))


def _probe(health: Callable[[], Health]) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        ok, reason = health()
        return web.json_response({"ok": ok, "reason": reason}, status=200 if ok else 503)

    return answer
