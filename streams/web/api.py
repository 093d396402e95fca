"""The API: who asks, where the state is, what the answer is."""

import re
from typing import Any

from aiohttp import web
from aiohttp.hdrs import METH_GET

from streams.topology import STOCK
from streams.web.access import Access, Principal
from streams.web.language import negotiate
from streams.web.located import located, settled
from streams.web.problems import Handler
from streams.web.routes import ROUTES
from streams.web.routing import (
    Asked,
    Context,
    Route,
    Scope,
    body_of,
    ids_of,
    json_response,
    query_of,
    read_body,
)


def add_routes(app: web.Application, access: Access, context: Context) -> None:
    """Have `app` serve every route."""
    for route in ROUTES:
        handler = _handler(route, access, context)
        path = _any_id(route.path)
        app.router.add_route(route.method, path, handler)
        # A stream has no end, so none without its body either.
        if route.method == METH_GET and route.answer is not None:
            app.router.add_head(path, handler)


def _any_id(path: str) -> str:
    """A path whose ids may hold braces as well, which aiohttp leaves out."""
    return re.sub(r"\{(\w+)\}", r"{\1:[^/]+}", path)


def _handler(route: Route, access: Access, context: Context) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        principal = await access.principal(request)
        ids = ids_of(request)
        _let_in(route, principal, ids)
        query, sent = query_of(route, request), await body_of(route, request)
        body = read_body(route, sent)
        view = await _find(route, context, ids)
        if isinstance(view, str):
            return await context.peers.forward(request, view, sent)
        language = negotiate(request.headers.get("Accept-Language", ""))
        answer = await route.handler(
            Asked(request, ids, view, language, query, body, context, principal.until)
        )
        return json_response(answer, language)

    return handle


def _let_in(route: Route, principal: Principal, ids: dict[str, str]) -> None:
    if route.scope is Scope.CREATOR:
        principal.see_creator(ids["creator_id"])
    else:
        principal.see_operations()


async def _find(route: Route, context: Context, ids: dict[str, str]) -> Any:
    """The view or the URL of the worker that has it; None for a route that looks for itself. Raises 503."""
    if route.scope is Scope.CREATOR:
        return await settled(context, ids["creator_id"])
    if route.scope is Scope.PRODUCT:
        return located(context, STOCK, ids["product_id"])
    return None
