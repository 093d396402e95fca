"""What a rolling upgrade is judged by: a load that goes on, and how long nobody was there."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Self

from tests.kafka.cluster import Cluster, Worker
from tests.kafka.load import Published

_POLL_S = 0.05
_PIECE = 10


class Background(ABC):
    """Does something again and again until the `with` ends; what it raises is raised there."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    @abstractmethod
    def step(self) -> float:
        """Do it once; returns the seconds until the next time."""

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._stop.wait(self.step())
        except BaseException as error:
            self._failure = error


class Traffic(Background):
    """Publishes events at a steady rate (a second)."""

    def __init__(self, cluster: Cluster, events: Sequence[Published], rate: float) -> None:
        super().__init__()
        self._cluster = cluster
        self._events = events
        self._pause_s = _PIECE / rate
        self.sent: list[Published] = []
        self.sent_at: dict[str, float] = {}
        """When, in epoch seconds, by event id."""

    def step(self) -> float:
        piece = self._events[len(self.sent) : len(self.sent) + _PIECE]
        assert piece, "the load ended before the upgrade did"
        self.sent_at.update({event["event_id"]: time.time() for _, _, event in piece})
        self._cluster.produce(piece)
        self.sent += piece
        return self._pause_s


class Readiness(Background):
    """Asks all the time whether any worker is ready."""

    def __init__(self, workers: Mapping[str, Worker]) -> None:
        super().__init__()
        self._workers = workers
        self._since = time.monotonic()
        self.longest_gap_s = 0.0
        """The longest time in which none was."""

    def step(self) -> float:
        asked = time.monotonic()
        if any(worker.get("/readyz")[0] == 200 for worker in list(self._workers.values())):
            self.longest_gap_s = max(self.longest_gap_s, asked - self._since)
            self._since = time.monotonic()
        return _POLL_S
