"""Errors as RFC 9457 has them: `application/problem+json`."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:link-status:problem:"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WrongField(BaseModel):
    """A field that makes no sense: where it stands (path, query or body), its name, and why."""

    place: str = Field(serialization_alias="in")
    name: str
    detail: str


class ProblemDetails(BaseModel):
    """A problem (RFC 9457). `type` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[WrongField] | None = None


class Problem(Exception):
    """Ends a request. `kind` is the end of its type's URI."""

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        errors: list[WrongField] | None = None,
    ) -> None:
        super().__init__(detail)
        self.details = ProblemDetails(
            type=_TYPE + kind, title=status.phrase, status=status, detail=detail, errors=errors
        )
        self.headers = dict(headers or {})

    def response(self) -> web.Response:
        """What the client gets."""
        body = self.details.model_dump_json(by_alias=True, exclude_none=True).encode()
        return web.Response(
            status=self.details.status, body=body, content_type=MEDIA_TYPE, headers=self.headers
        )


def not_found(what: str) -> Problem:
    """There is no such thing, or it is another creator's: the answer is the same."""
    return Problem(HTTPStatus.NOT_FOUND, "not-found", f"there is no such {what}")


def invalid(place: str, error: ValidationError) -> Problem:
    """A query or a body that makes no sense; each wrong field is named."""
    errors = [
        WrongField(
            place=place,
            name=".".join(map(str, each["loc"])) or place,
            detail=each["msg"].removeprefix("Value error, "),
        )
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    named = "; ".join(f"{each.name}: {each.detail}" for each in errors)
    return Problem(HTTPStatus.BAD_REQUEST, "invalid-request", f"{place}: {named}", errors=errors)


def unavailable(kind: str, detail: str, retry_after_s: int = 1) -> Problem:
    """Nobody can answer just now; the client may ask again after so many seconds."""
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, kind, detail, headers={"Retry-After": str(retry_after_s)})


def refused(error: web.HTTPException) -> Problem:
    """What aiohttp itself does not do."""
    status = HTTPStatus(error.status)
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
    kind = status.phrase.lower().replace(" ", "-")
    return Problem(status, kind, error.reason or status.phrase, headers)


@web.middleware
async def as_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong is a problem, and tells nothing of our insides."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except web.HTTPException as error:
        # The request's match has it: with its traceback that is a cycle, which keeps the request.
        error.__traceback__ = None
        return refused(error).response()
    except Exception:
        log.exception("%s %s", request.method, request.rel_url.raw_path)
        return Problem(
            HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "this is a fault of ours, and was logged"
        ).response()
