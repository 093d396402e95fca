"""What a scenario is, and what it has to work with."""

import contextlib
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import NamedTuple, Self

from demo.brokers.kafka import RealKafka
from tests.chaos.deployment import Deployment

Figures = Mapping[str, object]

SIZES = ("small", "hour", "full")

# So that a dead worker's partitions are free again in 1.5 s, not 6.
QUICK_SESSIONS = {"group.min.session.timeout.ms": "1000"}


# Characters of each worker's log that are told with a failure.
_TOLD = 5_000


class Brokers:
    """One Kafka that scenarios share, started when the first one asks, and ones of their own."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._shared: RealKafka | None = None
        self._lock = threading.Lock()

    @property
    def shared(self) -> RealKafka:
        """Nobody stops it."""
        with self._lock:
            if self._shared is None:
                self._shared = self._stack.enter_context(RealKafka(QUICK_SESSIONS))
            return self._shared

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


class Context:
    """One run of a scenario: everything that chance decides in it follows from `seed`."""

    def __init__(self, name: str, seed: int, brokers: Brokers) -> None:
        self.name = name
        self.seed = seed
        self.chance = Random(f"{name}/{seed}")
        self._brokers = brokers
        self._deployed = 0

    @contextlib.contextmanager
    def deploy(
        self, guarantee: str, broker: RealKafka | None = None, **settings: str
    ) -> Iterator[Deployment]:
        """A deployment of its own on `broker`, or on the one that is shared."""
        bootstrap = (broker or self._brokers.shared).bootstrap
        with tempfile.TemporaryDirectory() as directory:
            self._deployed += 1
            prefix = f"{self.name.replace(' ', '-').replace(',', '')}-{self.seed}-{self._deployed}-"
            try:
                with Deployment(bootstrap, prefix, Path(directory), guarantee, **settings) as deployment:
                    yield deployment
            except Exception as error:
                for log in sorted(Path(directory).glob("*.log")):
                    error.add_note(f"{log.name} ends with:\n{log.read_text(errors='replace')[-_TOLD:]}")
                raise

    @contextlib.contextmanager
    def own_broker(self) -> Iterator[RealKafka]:
        """A Kafka to stop and kill."""
        with RealKafka(QUICK_SESSIONS) as broker:
            yield broker


class Scenario(NamedTuple):
    """A way in which things go wrong. `small`, `hour` and `full` are how often (or how many), in `unit`s.

    `run` raises when something is lost; it returns figures.
    """

    name: str
    small: int
    hour: int
    full: int
    unit: str
    run: Callable[[Context, int], Figures]
    needs_kafka: bool = True

    def amount(self, size: str) -> int:
        """How often at that one of SIZES."""
        return {"small": self.small, "hour": self.hour, "full": self.full}[size]
