"""What a worker answers until it knows its surroundings: that it lives, and is not ready."""

from aiohttp import web

from streams.web.hardening import harden
from streams.web.operations import Health, add_probes
from streams.web.problems import Handler, as_problems, unavailable

_WHY = "starting: brokers are waited for, and a schema registry where there is one"


def starting() -> web.Application:
    """Probes, and a problem for whatever else is asked for."""
    app = web.Application(middlewares=[_hanging_up, as_problems])
    app.on_response_prepare.append(harden)
    add_probes(app, lambda: Health(True, _WHY), lambda: Health(False, _WHY))
    app.router.add_route("*", "/{path:.*}", _not_yet)
    return app


@web.middleware
async def _hanging_up(request: web.Request, handler: Handler) -> web.StreamResponse:
    # A client that kept its connection would go on asking here when there is more to be had.
    response = await handler(request)
    response.force_close()
    return response


async def _not_yet(_: web.Request) -> web.StreamResponse:
    raise unavailable("starting", _WHY)
