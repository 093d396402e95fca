"""The web of workers whose tasks are simulated: real routes over a real socket, state that the test moves."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
import uvloop
from aiohttp import web
from yarl import URL

from streams.runtime.partitioner import partition_for
from streams.runtime.records import Batch, Effects
from streams.runtime.view import View
from streams.topics import Name, Topics
from streams.topology import LINKS, STOCK, sources
from streams.web.access import Access
from streams.web.application import application
from streams.web.open_streams import OpenStreams
from streams.web.operations import Health
from streams.web.peers import Peers
from streams.web.routing import Context
from streams.web.server import Server
from streams.web.state import Bells
from tests.support.events import Event
from tests.support.simulation import Simulation

OPEN = Access(None)
_PATIENCE_S = 60
_TIMEOUT = aiohttp.ClientTimeout(30)


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


def _no_metrics(accept: str) -> tuple[bytes, str]:
    return b"", "text/plain"


class Site:
    """One worker that has every partition, unless the test says who has them."""

    def __init__(
        self,
        simulation: Simulation,
        access: Access = OPEN,
        streams: int = 100,
        of_one: int = 100,
        connections: int = 1000,
    ) -> None:
        self.simulation = simulation
        self.elsewhere: str | None = None
        self.steps_elsewhere: Collection[str] = (LINKS, STOCK)
        self.resting = False
        self.in_flight: Sequence[Effects] = ()
        topics = Topics.load()
        self.bells = Bells(topics.full_name(Name.LINKS_VIDEOS_CHANGELOG))
        self._peers = Peers()
        self.streams = OpenStreams(streams, of_one)
        context = Context(
            self,
            self.bells,
            lambda: self.simulation.now,
            {topic.name: topic.name for topic in topics},
            sources(topics),
            self._peers,
            self.streams,
            next(task.spec.build for task in simulation.tasks if task.spec.name == LINKS),
        )
        fine = Health(True, "fine")
        self._application = application(_no_metrics, lambda: fine, lambda: fine, access, context)
        self._server = Server(connections)
        self._session: aiohttp.ClientSession
        self.url = ""

    def locate(self, step: str, key: str) -> View | str | None:
        """A `streams.web.state.State`."""
        if self.resting or (self.elsewhere is not None and step in self.steps_elsewhere):
            return None if self.resting else self.elsewhere
        partitions = self.simulation.broker.partitions
        partition = partition_for(key.encode(), partitions)
        (task,) = [
            task for task in self.simulation.tasks if (task.spec.name, task.partition) == (step, partition)
        ]
        return View(task.spec, partition, partitions, task.memory, self.in_flight)

    async def start(self) -> None:
        """Serve."""
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=_TIMEOUT)
        self.url = f"http://127.0.0.1:{await self._server.listen('127.0.0.1', 0)}"
        await self._server.serve(self._application)

    async def close(self) -> None:
        """Stop."""
        await self._session.close()
        await self._server.close()
        await self._peers.close()

    @property
    def routes(self) -> list[web.AbstractRoute]:
        """Every route that is served."""
        return list(self._application.router.routes())

    def tell(self, *events: Event) -> None:
        """Events happen, and readers who wait are woken as a worker wakes them."""
        for event in events:
            self.simulation.tell(event)
            writes = [
                (key, None) for task in self.simulation.tasks for key in task.memory.tables.get("videos", ())
            ]
            changelog = {Name.LINKS_VIDEOS_CHANGELOG.value: writes}
            self.bells.finished(Batch("links", 0), Effects((), changelog, {}), 0, 0)

    async def get(self, path: str, **headers: str) -> Answer:
        """GET; header names with _ for -."""
        return await self.request("GET", path, None, headers)

    async def post(self, path: str, body: Any, **headers: str) -> Answer:
        """POST JSON."""
        return await self.request("POST", path, json.dumps(body).encode(), headers)

    async def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Any request."""
        named = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        url = URL(self.url + path, encoded=True)
        async with self._session.request(method, url, data=body, headers=named) as answer:
            return Answer(answer.status, answer.headers.copy(), await answer.read())

    @asynccontextmanager
    async def events(self, path: str, **headers: str) -> AsyncIterator["Events"]:
        """An event stream."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._session.get(URL(self.url + path, encoded=True), headers=named) as answer:
            yield Events(answer)


class Told(NamedTuple):
    """One event of a stream."""

    kind: str
    number: int
    data: Any


class Events:
    """Reads an event stream."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer
        self._left: list[bytes] = []
        self._rest = b""

    async def next(self, within_s: float = 5.0) -> Told:
        """The next event; comments and times to retry are passed over."""
        async with asyncio.timeout(within_s):
            while True:
                fields = await self._block()
                if b"event" in fields:
                    kind, number = fields[b"event"].decode(), int(fields[b"id"])
                    return Told(kind, number, json.loads(fields[b"data"]))

    async def _block(self) -> dict[bytes, bytes]:
        while b"\n\n" not in self._rest:
            chunk = await self.answer.content.readany()
            if not chunk:
                raise EOFError
            self._rest += chunk
        block, _, self._rest = self._rest.partition(b"\n\n")
        lines = [line.partition(b": ") for line in block.splitlines()]
        return {name: value for name, _, value in lines if name}


def served(test: Callable[["Site"], Awaitable[None]]) -> Callable[[], None]:
    """A test of a site of its own, made one that pytest runs."""

    def run() -> None:
        async def serve() -> None:
            site = Site(Simulation())
            async with sites(site), asyncio.timeout(_PATIENCE_S):
                await test(site)

        on_loop(serve())

    run.__doc__ = test.__doc__
    return run


def on_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run it on the loop that workers have."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


@asynccontextmanager
async def sites(*sites: Site) -> AsyncIterator[None]:
    """Serve all of them."""
    for site in sites:
        await site.start()
    try:
        yield
    finally:
        for site in sites:
            await site.close()


async def exchange(site: Site, sent: bytes, until: bytes = b"") -> bytes:
    """What comes back for these bytes on a connection of their own: up to `until`, or all."""
    reader, writer = await asyncio.open_connection("127.0.0.1", URL(site.url).port)
    writer.write(sent)
    try:
        async with asyncio.timeout(5):
            return await (reader.readuntil(until) if until else reader.read())
    finally:
        writer.close()
