"""Status changes as they happen: Server-Sent Events that resume by Last-Event-ID.

An event's id is the change's number in the chronicle, which is state: the next owner of the creator's
partition goes on from the same numbers. Each connection reads the chronicle from where it is; so a reader
that is slow costs no memory, and one that takes nothing for too long is dropped and may resume.
"""

import asyncio
import re
import time
from collections.abc import Iterable
from http import HTTPStatus

from aiohttp import web
from pydantic import Field

from streams import queries
from streams.domain.change import Change
from streams.runtime.view import View
from streams.topology import LINKS
from streams.web.history import shown_change
from streams.web.problems import Problem
from streams.web.routing import Asked, Shown
from streams.web.sending import begin, begun, write

HEARTBEAT_S = 15.0
RETRY_MS = 1_000
_AT_ONCE = 100
_SETTLE_POLL_S = 0.2
_REBALANCE_S = 5.0
_LONGEST_S = 24 * 3600.0


class EventsQuery(Shown):
    """Where to go on."""

    last_event_id: str | None = Field(None, pattern=r"^[0-9]{1,18}$")
    """Does what the header Last-Event-ID does, for clients that cannot set one."""


async def stream_events(asked: Asked) -> web.StreamResponse:
    """Changes from now on, or from beyond the last event that the client has seen."""
    seen = _last_seen(asked)
    with asked.context.streams.one(asked.creator_id), asked.context.bells.listen(asked.creator_id) as bell:
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-store",
                "Content-Language": asked.language.tag,
                "X-Accel-Buffering": "no",
            }
        )
        await begin(asked.request, response)
        with begun(asked.request):
            async with asyncio.timeout(_allowed_s(asked)):
                await _tell(asked, response, bell, seen)
        return response


def _allowed_s(asked: Asked) -> float | None:
    """For how long the stream may last: as long as the token, a day at most; its client then resumes."""
    return None if asked.until is None else min(asked.until - time.time(), _LONGEST_S)


def _last_seen(asked: Asked) -> int | None:
    given = asked.request.headers.get("Last-Event-ID") or asked.query.last_event_id
    if not given:
        return None
    if re.fullmatch(r"[0-9]{1,18}", given) is None:
        raise Problem(HTTPStatus.BAD_REQUEST, "invalid-request", "Last-Event-ID: not an id that an event had")
    return int(given)


async def _tell(asked: Asked, response: web.StreamResponse, bell: asyncio.Event, seen: int | None) -> None:
    number, opening = _begin(asked, asked.view, seen)
    await write(asked.request, response, opening)
    while (view := await _still_here(asked)) is not None:
        bell.clear()
        number, told = _following(asked, view, number)
        if told:
            await write(asked.request, response, told)
        else:
            await _next(asked, response, bell)


def _begin(asked: Asked, view: View, seen: int | None) -> tuple[int, bytes]:
    """Where to go on, and what is said first."""
    retry = b"retry: %d\n\n" % RETRY_MS
    if seen is not None:
        return seen, retry
    last = queries.numbers(view, asked.creator_id).last
    return last, retry + _event("ready", last, b"{}")


def _following(asked: Asked, view: View, seen: int) -> tuple[int, bytes]:
    """Where to go on after the event `seen`, and what is said of what came since."""
    last, dropped = queries.numbers(view, asked.creator_id)
    if not dropped <= seen <= last:
        # What came in between is not kept any more, or the state is another one: only the list can tell.
        return last, _event("reset", last, b"{}")
    changes = queries.changes_after(view, asked.creator_id, seen, _AT_ONCE)
    return (changes[-1][0], _events(asked, changes)) if changes else (seen, b"")


async def _next(asked: Asked, response: web.StreamResponse, bell: asyncio.Event) -> None:
    """Wait for a change; say now and then that the connection lives."""
    try:
        async with asyncio.timeout(HEARTBEAT_S):
            await bell.wait()
    except TimeoutError:
        await write(asked.request, response, b": alive\n\n")


async def _still_here(asked: Asked) -> View | None:
    """The view, after a rebalance too; None when another worker has the creator, or nobody for too long."""
    for _ in range(int(_REBALANCE_S / _SETTLE_POLL_S)):
        found = asked.context.state.locate(LINKS, asked.creator_id)
        if isinstance(found, View):
            return found
        if found is not None:
            return None
        await asyncio.sleep(_SETTLE_POLL_S)
    return None


def _events(asked: Asked, changes: Iterable[tuple[int, Change]]) -> bytes:
    return b"".join(_event("change", number, _data(asked, change)) for number, change in changes)


def _data(asked: Asked, change: Change) -> bytes:
    return shown_change(asked, change).model_dump_json().encode()


def _event(kind: str, number: int, data: bytes) -> bytes:
    return b"event: %s\nid: %d\ndata: %s\n\n" % (kind.encode(), number, data)
