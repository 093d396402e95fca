"""A product that everybody links, others that are sold all the time, and when their creators hear of it."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from itertools import count
from types import TracebackType
from typing import Self

from bench.broker import Broker
from bench.listener import Listener
from bench.wholejob.deployment import Deployment
from bench.wholejob.events import Event, post, stock_level

OTHERS = 1_000
"""Products that one creator each links."""
_PER_S = 100
_HOT = "hot"
# Later than all that was posted.
_FIRST_LEVEL = 10_000_000


def videos(creators: int) -> Iterator[Event]:
    """One video of each creator; `creators` link the hot product, and OTHERS one each of their own."""
    for index in range(creators):
        yield post(index, f"c{index:06d}", f"hot{index:06d}", [_HOT])
    for index in range(OTHERS):
        yield post(creators + index, f"d{index:06d}", f"other{index:06d}", [f"p{index:06d}"])


class Market:
    """From `with` to its end, the others run out of stock or come back 100 times a second."""

    def __init__(self, broker: Broker, deployment: Deployment) -> None:
        self.hot_changes = 0
        self._deployment = deployment
        self._producer = broker.producer(linger_ms=0)
        self._listener = Listener(broker, deployment.topic("video-status-changes"), self._take)
        self._index = count(_FIRST_LEVEL)
        self._due: dict[bytes, deque[float]] = defaultdict(deque)
        self._delays: list[tuple[float, float]] = []
        self._closed = threading.Event()
        self._seller = threading.Thread(target=self._sell)

    def __enter__(self) -> Self:
        self._listener.__enter__()
        self._seller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._seller.join()
        self._producer.flush()
        self._listener.__exit__(kind, error, trace)

    def sell_out(self) -> float:
        """The hot product goes out of stock; returns when, by `time.perf_counter`."""
        now = time.perf_counter()
        self._send(stock_level(_HOT, 0, next(self._index)))
        return now

    def told(self, creators: int) -> bool:
        """Whether so many creators know of it. Raises what went wrong with reading."""
        self._listener.check()
        return self.hot_changes >= creators

    def delays_ms(self, since: float, until: float) -> list[float]:
        """How long the changes took whose events were sent in that time, by `time.perf_counter`."""
        return [delay * 1000 for sent, delay in self._delays if since <= sent <= until]

    def _sell(self) -> None:
        for number in count():
            if self._closed.wait(1 / _PER_S):
                return
            other = number % OTHERS
            available = number // OTHERS % 2  # out of stock at first
            self._due[b"other%06d" % other].append(time.perf_counter())
            self._send(stock_level(f"p{other:06d}", available, next(self._index)))

    def _send(self, event: Event) -> None:
        topic, key, value = event
        self._producer.produce(self._deployment.topic(topic), value, key.encode())
        self._producer.poll(0)

    def _take(self, key: bytes, value: bytes, now: float) -> None:
        if key.startswith(b"hot"):
            self.hot_changes += 1
        else:
            sent = self._due[key].popleft()
            self._delays.append((sent, now - sent))
