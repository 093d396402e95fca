"""`/metrics`, `/livez` and `/readyz` (CONTRACT.md, "Commands and settings")."""

from collections.abc import Callable
from typing import NamedTuple

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from streams.web.problems import Handler


class Health(NamedTuple):
    """Whether a probe passes, and why."""

    ok: bool
    reason: str


def add_operations(
    app: web.Application, registry: CollectorRegistry, live: Callable[[], Health], ready: Callable[[], Health]
) -> None:
    """Have `app` serve the operators' endpoints."""

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.router.add_get("/metrics", metrics)
    app.router.add_get("/livez", _probe(live))
    app.router.add_get("/readyz", _probe(ready))


def _probe(health: Callable[[], Health]) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        ok, reason = health()
        return web.json_response({"ok": ok, "reason": reason}, status=200 if ok else 503)

    return answer
