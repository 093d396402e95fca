"""Events at an even pace into an engine, and how long each change took to come out of it."""

import time
from collections import defaultdict, deque
from collections.abc import Sequence

from msgspec.json import Decoder

from bench.broker import Broker
from bench.listener import Listener
from bench.processes import Process, wait_until
from bench.videofold.changes import Change, fold
from bench.videofold.events import generate

_START_S = 60.0
_TAIL_S = 30.0
_TICK_S = 0.0005
_POLL_S = 0.01
_decode = Decoder(Change).decode

Planned = tuple[tuple[bytes, bytes], Change | None]
"""An event, and the change that must come of it."""


class Pace:
    """Sends from one thread and reads from another; neither does more than that."""

    def __init__(self, broker: Broker, source: str, sink: str) -> None:
        self._broker = broker
        self._source = source
        self._listener = Listener(broker, sink, self._take)
        self._due: dict[bytes, deque[tuple[Change, float]]] = defaultdict(deque)
        self._taken: list[tuple[float, float]] = []
        self.late_s = 0.0
        """How far the sender was behind its pace at most: where that is much, the machine was too busy."""

    def run(self, per_s: int, warm_up_s: int, measured_s: int, processes: Sequence[Process]) -> list[float]:
        """Send `per_s` events a second; returns the latencies of the changes, in ms, after the warm-up.

        Raises what is wrong with a change: every one is compared with what the fold says must come.
        """
        events = list(generate(per_s * (warm_up_s + measured_s), videos=per_s * warm_up_s // 2))
        plan = list(zip(events, fold(events), strict=True))
        with self._listener:
            self._send(plan[:1], per_s)
            wait_until(self._all_came, processes, _START_S, _POLL_S)
            started = time.perf_counter()
            self._send(plan[1:], per_s)
            wait_until(self._all_came, processes, _TAIL_S, _POLL_S)
        return [taken * 1000 for sent, taken in self._taken if sent >= started + warm_up_s]

    def _send(self, plan: Sequence[Planned], per_s: int) -> None:
        producer = self._broker.producer(linger_ms=0)
        started, done = time.perf_counter(), 0
        while done < len(plan):
            due = min(len(plan), int((time.perf_counter() - started) * per_s) + 1)
            self.late_s = max(self.late_s, (due - done) / per_s)
            for (key, value), change in plan[done:due]:
                if change is not None:
                    self._due[key].append((change, time.perf_counter()))
                producer.produce(self._source, value, key)
            done = due
            producer.poll(0)
            time.sleep(_TICK_S)
        producer.flush()

    def _take(self, key: bytes, value: bytes, now: float) -> None:
        change, sent = self._due[key].popleft()
        found = _decode(value)
        if found != change:
            raise ValueError(f"{found} instead of {change}")
        self._taken.append((sent, now - sent))

    def _all_came(self) -> bool:
        self._listener.check()
        return not any(self._due.values())
