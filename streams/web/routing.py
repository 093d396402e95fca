"""A route of the API, declared once: aiohttp serves it and the OpenAPI document describes it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple, get_origin

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from schemas.base import Id
from streams.runtime.view import Build, View
from streams.web.language import Language
from streams.web.moments import UTC, Zone
from streams.web.open_streams import OpenStreams
from streams.web.peers import Peers
from streams.web.problems import Problem, invalid, not_found
from streams.web.state import Bells, State

MAX_BODY_BYTES = 64 * 1024
BODY_S = 10.0

_id = TypeAdapter(Id)


class Query(BaseModel):
    """The query of a route. An unknown parameter is refused, since it would be a misspelt one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shown(Query):
    """A query whose answer has times in it."""

    tz: Zone = UTC
    """The time zone of all times in the answer, by its IANA name."""


class Context(NamedTuple):
    """What handlers share. `now` is in epoch milliseconds; `inputs` has the full name of each input topic,
    `sources` that of the topic in which events of a type come.

    `build` makes a step by creator, for rehearsals.
    """

    state: State
    bells: Bells
    now: Callable[[], int]
    inputs: Mapping[str, str]
    sources: Mapping[str, str]
    peers: Peers
    streams: OpenStreams
    build: Build


class Scope(Enum):
    """Whose state a route is about, and so who may ask and which worker answers."""

    CREATOR = "that of a creator: theirs and operators', on the worker that has it"
    PRODUCT = "that of a product: operators', on the worker that has it"
    HERE = "what this worker has: operators'"


class Asked(NamedTuple):
    """A request that was let in, on the worker that has the state.

    `until`, in epoch seconds, who asks may see it; None: for ever.
    """

    request: web.Request
    ids: Mapping[str, str]
    view: View
    language: Language
    query: Any
    body: Any
    context: Context
    until: float | None

    @property
    def creator_id(self) -> str:
        return self.ids["creator_id"]

    @property
    def zone(self) -> str:
        """The time zone asked for."""
        return self.query.tz if isinstance(self.query, Shown) else UTC


Answer = BaseModel | web.StreamResponse
Handler = Callable[[Asked], Awaitable[Answer]]


class Route(NamedTuple):
    """`answer` is the model of what comes back; None where it is a stream."""

    method: str
    path: str
    scope: Scope
    handler: Handler
    answer: type[BaseModel] | None
    summary: str
    query: type[Query] = Query
    body: type[BaseModel] | None = None


def ids_of(request: web.Request) -> dict[str, str]:
    """The ids in the path. Raises 404 for what can be no id (CONTRACT.md)."""
    try:
        return {name: _id.validate_python(text) for name, text in request.match_info.items()}
    except ValidationError:
        raise not_found("id") from None


def query_of(route: Route, request: web.Request) -> Query:
    """The query. Raises 400."""
    several = _several(route.query)
    given: dict[str, Any] = {}
    for name in request.query:
        values = request.query.getall(name)
        given[name] = values if len(values) > 1 or name in several else values[0]
    try:
        return route.query.model_validate(given)
    except ValidationError as error:
        raise invalid("query", error) from None


@cache
def _several(query: type[Query]) -> frozenset[str]:
    """The parameters that may be given several times."""
    fields = query.model_fields.items()
    return frozenset(name for name, field in fields if get_origin(field.annotation) is list)


async def body_of(route: Route, request: web.Request) -> bytes | None:
    """The body, where the route has one. Raises 400, 408 where it does not come, or 413 where it is too
    large.
    """
    if route.body is None:
        return None
    try:
        async with asyncio.timeout(BODY_S):
            return await request.read()
    except TimeoutError:
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, "request-timeout", "the body did not come") from None
    except (HttpProcessingError, web.RequestPayloadError):
        raise Problem(HTTPStatus.BAD_REQUEST, "invalid-request", "body: cannot be read") from None


def read_body(route: Route, body: bytes | None) -> BaseModel | None:
    """The same read as JSON. Raises 400."""
    if route.body is None or body is None:
        return None
    try:
        return route.body.model_validate_json(body)
    except ValidationError as error:
        raise invalid("body", error) from None


def json_response(answer: Answer, language: Language) -> web.StreamResponse:
    """A model as JSON; a response stays what it is."""
    response = answer if isinstance(answer, web.StreamResponse) else as_json(answer)
    if not response.prepared:
        response.headers.setdefault("Content-Language", language.tag)
        response.headers.setdefault("Vary", "Accept-Language, Authorization")
        response.headers.setdefault("Cache-Control", "no-cache, private")
    return response


def as_json(answer: BaseModel) -> web.Response:
    """A model as a JSON response."""
    return json_of(answer.model_dump_json(exclude_none=False).encode())


def json_of(body: bytes) -> web.Response:
    """A JSON response."""
    return web.Response(body=body, content_type="application/json")
