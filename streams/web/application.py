"""The whole web of a worker: probes and metrics, the API with its document, the page."""

from collections.abc import Callable

from aiohttp import web

from streams.web import openapi
from streams.web.access import Access
from streams.web.api import add_routes
from streams.web.hardening import harden
from streams.web.operations import Exposition, Health, add_operations
from streams.web.page import add_page
from streams.web.problems import as_problems
from streams.web.routing import MAX_BODY_BYTES, Context


def application(
    metrics: Exposition,
    live: Callable[[], Health],
    ready: Callable[[], Health],
    access: Access,
    context: Context,
) -> web.Application:
    """All that is served. Probes, metrics, the document and the page are open: they tell of no creator."""
    app = web.Application(middlewares=[as_problems], client_max_size=MAX_BODY_BYTES)
    app.on_response_prepare.append(harden)
    add_operations(app, metrics, live, ready)
    add_routes(app, access, context)
    add_page(app, access)
    app.router.add_get("/openapi.json", _document)
    return app


async def _document(_: web.Request) -> web.Response:
    return web.json_response(openapi.document())
