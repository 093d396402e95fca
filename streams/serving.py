"""The web of a worker, put together from its settings."""

import asyncio
import errno
import logging
import socket
from functools import partial
from typing import Any

from streams.health import WorkerHealth
from streams.letter_log import LetterLog
from streams.metrics.batches import Batches
from streams.metrics.census import Census
from streams.metrics.declarations import TIMERS_LATE
from streams.metrics.exposition import exposition_of
from streams.metrics.instruments import Instruments
from streams.metrics.readings import read_build, read_disk, read_links, read_runtime
from streams.metrics.watch import Watch
from streams.metrics.web import count_requests, read_health, read_streams
from streams.runtime.app import BatchApp
from streams.runtime.records import Batch, Effects
from streams.runtime.task import Clock
from streams.runtime.view import Build
from streams.settings import ENV_PREFIX, Settings, WrongSetting, variable
from streams.topics import Name, Topics
from streams.topology import sources
from streams.web.access import Access
from streams.web.application import application
from streams.web.keyring import Jwks, Keyring, KeysAway, Secret, WrongKeys
from streams.web.open_streams import OpenStreams
from streams.web.peers import Peers
from streams.web.routing import Context
from streams.web.server import Server
from streams.web.starting import starting
from streams.web.state import Bells, State

log = logging.getLogger(__name__)

STREAMS_OF_ONE = 100
_EVERYWHERE = ("0.0.0.0", "::")
# Where an address cannot be taken, what is wrong with its port; all else is the host's.
_OF_PORT = (errno.EADDRINUSE, errno.EACCES)


class Serving:
    """A worker's web, and the observer of its tasks: metrics, the log of dead letters, readers that wait.

    `watch` is to be put over the steps.
    """

    def __init__(self, settings: Settings, topics: Topics) -> None:
        self._instruments = Instruments()
        self._census = Census()
        self.watch = Watch(Batches(self._instruments, topics), self._census)
        self._letters = LetterLog(topics.full_name(Name.DEAD_LETTERS))
        self._settings = settings
        self._topics = topics
        self._bells = Bells(topics.full_name(Name.LINKS_VIDEOS_CHANGELOG))
        self._peers = Peers()
        self._server = Server(settings.web_max_connections)
        self._access: Access
        self._counting: asyncio.Task[None] | None = None

    def finished(self, batch: Batch, effects: Effects, folding_s: float, committing_s: float) -> None:
        """A batch is done."""
        self.watch.finished(batch, effects, folding_s, committing_s)
        self._letters.finished(effects)
        self._bells.finished(batch, effects, folding_s, committing_s)

    async def listen(self) -> str:
        """Take the address, and say there that the worker is starting; returns the URL for other workers.

        Raises WrongSetting for an address that cannot be had, or for keys.
        """
        await self._server.serve(starting())
        try:
            port = await self._server.listen(self._settings.web_host, self._settings.web_port)
        except OSError as error:
            raise _no_address(self._settings, error) from None
        self._access = Access(
            await _keyring(self._settings), self._settings.auth_issuer, self._settings.auth_audience
        )
        return url(self._settings, port)

    async def start(
        self,
        app: BatchApp,
        state: State,
        build: Build,
        health: WorkerHealth,
        now: Clock,
    ) -> None:
        """Serve what `state` has until closed; `build` makes a step by creator."""
        app.on_partitions_revoked.connect(self._revoked)
        app.on_rebalance_complete.connect(partial(self._resuming, app))
        context = Context(
            state=state,
            bells=self._bells,
            now=now,
            inputs={topic.name: self._topics.full_name(topic.name) for topic in self._topics},
            sources=sources(self._topics),
            peers=self._peers,
            streams=OpenStreams(self._settings.web_max_streams, STREAMS_OF_ONE),
            build=build,
        )
        self._read(app, health, context.streams, now)
        metrics = exposition_of(self._instruments)
        site = application(metrics, health.live, health.ready, self._access, context)
        site.middlewares.insert(0, count_requests(self._instruments))
        await self._server.serve(site)

    async def close(self) -> None:
        """Stop serving."""
        self._letters.close()
        self._stop_counting()
        await self._server.close()
        await self._peers.close()

    def _read(self, app: BatchApp, health: WorkerHealth, streams: OpenStreams, now: Clock) -> None:
        instruments = self._instruments
        read_runtime(instruments, app)
        read_links(instruments, self._census, now)
        read_disk(instruments, self._settings.data_dir)
        read_build(instruments, "exactly_once" if app.config.exactly_once else "at_least_once")
        read_health(instruments, health)
        read_streams(instruments, streams)
        instruments.value(TIMERS_LATE, lambda: self.watch.late_ms(now()) / 1000)

    async def _resuming(self, app: BatchApp, *_: Any, **__: Any) -> None:
        self.watch.keep(app.tasks.ids)
        self._counting = asyncio.create_task(self._census.walk())

    def _stop_counting(self) -> None:
        if self._counting is not None:
            self._counting.cancel()

    async def _revoked(self, *_: Any, **__: Any) -> None:
        self._stop_counting()
        self._bells.ring_all()


def url(settings: Settings, port: int) -> str:
    """Where the other workers reach this one, which listens on `port`."""
    if settings.web_url is not None:
        return settings.web_url.rstrip("/")
    host = socket.gethostname() if settings.web_host in _EVERYWHERE else settings.web_host
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _no_address(settings: Settings, error: OSError) -> WrongSetting:
    field = "web_port" if error.errno in _OF_PORT else "web_host"
    # uvloop puts the address before the reason.
    reason = (error.strerror or str(error)).rpartition(": ")[2].lower()
    return WrongSetting(f"{variable(field)}={getattr(settings, field)}: {reason}")


async def _keyring(settings: Settings) -> Keyring | None:
    if settings.auth_secret is not None:
        return Secret(settings.auth_secret.get_secret_value())
    if settings.auth_jwks is None:
        return None
    keyring = Jwks(settings.auth_jwks)
    try:
        await keyring.keys()
    except KeysAway:
        log.warning("nobody is let in until there are keys")
    except WrongKeys as error:
        raise WrongSetting(f"{ENV_PREFIX}AUTH_JWKS={error}") from None
    return keyring
