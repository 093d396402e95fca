"""The OpenAPI 3.1 document, made of the routes and their models."""

import re
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from schemas.described import Described
from streams.web.models import Change
from streams.web.problems import MEDIA_TYPE, ProblemDetails
from streams.web.routes import ROUTES
from streams.web.routing import Query, Route, Scope

_REF = "#/components/schemas/{model}"
_DESCRIPTION = (
    "What a creator's Video > Manage is made of, served by the workers from their own state. Any worker "
    "takes any request. Errors are RFC 9457 problems. Texts are in the language of Accept-Language. There "
    "are no CORS headers: a page of another origin asks through a proxy of its own."
)
_HEADERS = {
    "Accept-Language": "The languages that texts may be in; English if none of them is known.",
    "If-None-Match": "An ETag: if it is still that one, the answer is 304.",
    "Last-Event-ID": "The id of the last event that was seen; what came after it is told.",
}


@cache
def document() -> dict[str, Any]:
    """The document as JSON values."""
    _, schemas = models_json_schema(_models(), ref_template=_REF, schema_generator=Described)
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Link status", "version": "1.0.0", "description": _DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        # The second, empty one: without keys, on loopback, everything is open.
        "security": [{"token": []}, {}],
    }


def _models() -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    written: list[type[BaseModel]] = [Change, ProblemDetails]
    written += dict.fromkeys(route.answer for route in ROUTES if route.answer is not None)
    read = [route.body for route in ROUTES if route.body is not None]
    return [*((model, "serialization") for model in written), *((model, "validation") for model in read)]


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": route.summary,
        "tags": ["operations" if route.scope is not Scope.CREATOR else "creators"],
        "parameters": [*_path_parameters(route), *_query_parameters(route.query), *_header_parameters(route)],
        "responses": {"200": _success(route), **_problems(route)},
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _content("application/json", route.body)}
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    schema = {"type": "string", "minLength": 1, "maxLength": 128}
    return [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name in re.findall(r"{(\w+)}", route.path)
    ]


def _query_parameters(query: type[Query]) -> list[dict[str, Any]]:
    schema = query.model_json_schema(ref_template=_REF, schema_generator=Described)
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", []),
            "description": field["description"],
            "schema": _given(field),
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _given(field: dict[str, Any]) -> dict[str, Any]:
    """What a parameter may be. One that is left out is None to us, but nobody can send a null."""
    (sent,) = [each for each in field.get("anyOf", [field]) if each.get("type") != "null"]
    return {word: value for word, value in sent.items() if word not in ("title", "description")}


def _header_parameters(route: Route) -> list[dict[str, Any]]:
    names = ["Accept-Language"]
    if route.answer is None:
        names.append("Last-Event-ID")
    if _has_etag(route):
        names.append("If-None-Match")
    return [
        {"name": name, "in": "header", "description": _HEADERS[name], "schema": {"type": "string"}}
        for name in names
    ]


def _success(route: Route) -> dict[str, Any]:
    if route.answer is not None:
        return {
            "description": _first_line(route.answer),
            "content": _content("application/json", route.answer),
            **_with_header("ETag", "Of this version", _has_etag(route)),
        }
    described = (
        "Events: `ready` at first, then `change`, whose data is a Change; `reset` when the list has to be "
        "read again. Each has an id to resume from. A browser's EventSource can send no token, and gives up "
        "at a 503: read the stream by fetch instead."
    )
    return {"description": described, "content": {"text/event-stream": {"schema": {"type": "string"}}}}


def _problems(route: Route) -> dict[str, Any]:
    kinds = {
        "400": "A parameter or the body makes no sense",
        "401": "There is no valid token",
        "404": "There is no such thing, or it is another creator's",
        "421": "Without authentication: the request is not for a name of this machine",
        "503": "A rebalance is under way, or no token can be checked; Retry-After says when to ask again",
    }
    if route.scope is not Scope.CREATOR:
        kinds["403"] = "The token is no operator's"
    if _has_etag(route):
        kinds["304"] = "The version is the one that If-None-Match names"
    if route.body is not None:
        kinds["408"] = "The body did not come in time"
        kinds["413"] = "The body is too large"
    if route.answer is None:
        kinds["429"] = (
            "The creator has as many streams as there may be of one; Retry-After says when to ask again"
        )
    return {
        status: {"description": text}
        | ({} if status == "304" else {"content": _content(MEDIA_TYPE, ProblemDetails)})
        | _with_header("ETag", "Of this version", status == "304")
        | _with_header("Retry-After", "In so many seconds", status in ("429", "503"))
        for status, text in sorted(kinds.items())
    }


def _has_etag(route: Route) -> bool:
    return route.path.endswith("{video_id}")


def _with_header(name: str, description: str, there: bool) -> dict[str, Any]:
    header = {name: {"description": description, "schema": {"type": "string"}}}
    return {"headers": header} if there else {}


def _content(media_type: str, model: type[BaseModel]) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": _REF.format(model=model.__name__)}}}


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]
