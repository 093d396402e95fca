"""Forwarding: a worker that does not have a key's state asks the one that does."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

import aiohttp
from aiohttp import web
from aiohttp.hdrs import METH_GET, METH_HEAD
from multidict import CIMultiDict
from yarl import URL

from streams.web.problems import Problem, unavailable
from streams.web.sending import begin, write

FORWARDED = "Link-Status-Forwarded"
"""Marks a request that came from another worker, so that two that disagree do not pass it to and fro."""

_PASSED_ON = (
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "If-None-Match",
    "Last-Event-ID",
)
_PASSED_BACK = (
    "Cache-Control",
    "Content-Language",
    "Content-Type",
    "ETag",
    "Retry-After",
    "Vary",
    "WWW-Authenticate",
    "X-Accel-Buffering",
)
_CONNECT_S = 2.0
# Whoever waits longest for an answer there waits for a change to be published, then for a version: 5 s each.
_ANSWER_S = 12.0
# Longer than a stream is silent (events.HEARTBEAT_S).
_SILENT_S = 20.0


class Peers:
    """The other workers. How many connections there are is bounded by those that we serve."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Let go of connections."""
        if self._session is not None:
            await self._session.close()

    async def forward(self, request: web.Request, url: str, body: bytes | None) -> web.StreamResponse:
        """Answer with what the worker at `url` answers, as it comes. Raises 503 where it does not.

        The request goes on with this `body`, which its route reads; None where it reads none.
        """
        _refuse_second_hop(request)
        try:
            # Of a HEAD the length is that of the body.
            method = METH_GET if request.method == METH_HEAD else request.method
            there = URL(url.rstrip("/") + request.rel_url.raw_path_qs, encoded=True)
            async with await self._ask(request, method, there, body) as answer:
                return await _pass_back(request, answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise gone() from error

    async def get(self, request: web.Request, url: str, path: str, query: Sequence[tuple[str, str]]) -> bytes:
        """What the worker at `url` has of its own, asked as who sent `request`. Raises 503 unless 200."""
        try:
            there = URL(url.rstrip("/") + path, encoded=True).with_query(query)
            async with await self._ask(request, METH_GET, there, None) as answer:
                if answer.status != 200:
                    raise gone()
                return await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise gone() from error

    async def _ask(
        self, request: web.Request, method: str, there: URL, body: bytes | None
    ) -> aiohttp.ClientResponse:
        """The beginning of an answer. Raises TimeoutError when it does not come: a worker that hangs takes
        connections all the same.
        """
        headers = _kept(request.headers, _PASSED_ON) | {FORWARDED: "1"}
        async with asyncio.timeout(_ANSWER_S):
            return await self._http().request(
                method, there, data=body, headers=headers, allow_redirects=False
            )

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=_SILENT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session


def _refuse_second_hop(request: web.Request) -> None:
    """Raise 503 for a request that was forwarded already."""
    if FORWARDED in request.headers:
        raise unavailable("rebalancing", "another worker has taken over this state, or is about to")


def gone() -> Problem:
    """The worker that has the state does not answer."""
    return unavailable("rebalancing", "the worker that has this state does not answer")


def _kept(headers: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    return {name: headers[name] for name in names if name in headers}


async def _pass_back(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    headers = CIMultiDict(_kept(answer.headers, _PASSED_BACK))
    if answer.content_type != "text/event-stream":
        return web.Response(status=answer.status, body=await answer.read(), headers=headers)
    response = web.StreamResponse(status=answer.status, headers=headers)
    await begin(request, response)
    # Whichever side breaks, the stream ends here, and the client resumes where it is.
    with suppress(aiohttp.ClientError, TimeoutError, OSError):
        async for chunk in answer.content.iter_any():
            await write(request, response, chunk)
    return response
