"""`/metrics`, `/livez` and `/readyz` (CONTRACT.md, "Commands and settings")."""

from collections.abc import Callable
from typing import NamedTuple

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest


class Health(NamedTuple):
    """Whether a probe passes, and why."""

    ok: bool
    reason: str


def application(
    registry: CollectorRegistry, live: Callable[[], Health], ready: Callable[[], Health]
) -> web.Application:
    """The operators' endpoints."""

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    def probe(health: Callable[[], Health]) -> Callable[[web.Request], "web.Response"]:
        async def answer(_: web.Request) -> web.Response:
            ok, reason = health()
            return web.json_response({"ok": ok, "reason": reason}, status=200 if ok else 503)

        return answer  # type: ignore[return-value]

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/livez", probe(live))  # type: ignore[arg-type]
    app.router.add_get("/readyz", probe(ready))  # type: ignore[arg-type]
    return app


class Server:
    """Serves an application on one address until closed."""

    def __init__(self, application: web.Application, host: str, port: int) -> None:
        self._runner = web.AppRunner(application, access_log=None)
        self._host = host
        self._port = port

    async def start(self) -> None:
        """Raises OSError when the address is taken."""
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port, shutdown_timeout=1.0).start()

    async def close(self) -> None:
        """Stop serving."""
        await self._runner.cleanup()
