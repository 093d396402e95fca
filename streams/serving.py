"""The web of a worker, put together from its settings."""

import socket
from collections.abc import Callable
from typing import Any

from streams.letter_log import LetterLog
from streams.metrics import Metrics
from streams.runtime.app import BatchApp
from streams.runtime.records import Batch, Effects
from streams.runtime.task import Clock
from streams.runtime.view import Build
from streams.settings import ENV_PREFIX, Settings, WrongSetting
from streams.topics import Name, Topics
from streams.web.access import Access
from streams.web.application import application
from streams.web.keyring import Jwks, Keyring, Secret, WrongKeys
from streams.web.operations import Health
from streams.web.peers import Peers
from streams.web.places import Places
from streams.web.routing import Context
from streams.web.server import Server
from streams.web.state import Bells, State

STREAMS_OF_ONE = 100
_EVERYWHERE = ("0.0.0.0", "::")


class Serving:
    """A worker's web, and the observer of its tasks: metrics, the log of dead letters, readers that wait."""

    def __init__(self, settings: Settings, topics: Topics) -> None:
        self.metrics = Metrics(topics.full_name(Name.DEAD_LETTERS))
        self._letters = LetterLog(topics.full_name(Name.DEAD_LETTERS))
        self._settings = settings
        self._topics = topics
        self._bells = Bells(topics.full_name(Name.LINKS_VIDEOS_CHANGELOG))
        self._peers = Peers()
        self._server = Server(settings.web_max_connections)
        self._access: Access

    def finished(self, batch: Batch, effects: Effects, folding_s: float, committing_s: float) -> None:
        """A batch is done."""
        self.metrics.finished(batch, effects, folding_s, committing_s)
        self._letters.finished(effects)
        self._bells.finished(batch, effects, folding_s, committing_s)

    async def listen(self) -> str:
        """Take the address; returns the URL for other workers. Raises OSError, or WrongSetting for keys."""
        self._access = Access(
            await _keyring(self._settings), self._settings.auth_issuer, self._settings.auth_audience
        )
        return url(
            self._settings, await self._server.listen(self._settings.web_host, self._settings.web_port)
        )

    async def start(
        self,
        app: BatchApp,
        state: State,
        build: Build,
        live: Callable[[], Health],
        ready: Callable[[], Health],
        now: Clock,
    ) -> None:
        """Serve what `state` has until closed; `build` makes a step by creator."""
        app.on_partitions_revoked.connect(self._revoked)
        context = Context(
            state,
            self._bells,
            now,
            {topic.name: self._topics.full_name(topic.name) for topic in self._topics},
            self._peers,
            Places(self._settings.web_max_streams, STREAMS_OF_ONE),
            build,
        )
        await self._server.start(application(self.metrics.registry, live, ready, self._access, context))

    async def close(self) -> None:
        """Stop serving."""
        self._letters.close()
        await self._server.close()
        await self._peers.close()

    async def _revoked(self, *_: Any, **__: Any) -> None:
        self._bells.ring_all()


def url(settings: Settings, port: int) -> str:
    """Where the other workers reach this one, which listens on `port`."""
    if settings.web_url is not None:
        return settings.web_url.rstrip("/")
    host = socket.gethostname() if settings.web_host in _EVERYWHERE else settings.web_host
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _keyring(settings: Settings) -> Keyring | None:
    if settings.auth_secret is not None:
        return Secret(settings.auth_secret.get_secret_value())
    if settings.auth_jwks is None:
        return None
    keyring = Jwks(settings.auth_jwks)
    try:
        await keyring.keys()
    except WrongKeys as error:
        raise WrongSetting(f"{ENV_PREFIX}AUTH_JWKS={error}") from None
    return keyring
