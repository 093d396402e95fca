"""Events at an even pace into an engine, and how long each change took to come out of it."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from contextlib import closing

from confluent_kafka import TopicPartition
from msgspec.json import Decoder

from bench.broker import Broker, is_end
from bench.processes import Process, wait_until
from bench.videofold.changes import Change, fold
from bench.videofold.events import generate

_START_S = 60.0
_TAIL_S = 30.0
_TICK_S = 0.0005
_POLL_S = 0.01
_decode = Decoder(Change).decode

Due = tuple[Change, float]
"""A change that must come, and the epoch seconds at which its event was sent."""


class Pace:
    """Sends from one thread and reads from another; neither does more than that."""

    def __init__(self, broker: Broker, source: str, sink: str) -> None:
        self._broker = broker
        self._source = source
        self._sink = sink
        self._due: dict[bytes, deque[Due]] = defaultdict(deque)
        self._taken: list[tuple[float, float]] = []
        self._error: Exception | None = None
        self._stop = threading.Event()

    def run(self, per_s: int, warm_up_s: int, measured_s: int, processes: Sequence[Process]) -> list[float]:
        """Send `per_s` events a second; returns the latencies of the changes, in ms, after the warm-up.

        Raises what is wrong with a change: every one is compared with what the fold says must come.
        """
        count = per_s * (warm_up_s + measured_s)
        events = list(generate(count, videos=per_s * warm_up_s // 2))
        plan = list(zip(events, fold(events), strict=True))
        reader = threading.Thread(target=self._read)
        reader.start()
        try:
            self._send(plan[:1], per_s)
            wait_until(lambda: bool(self._taken), processes, _START_S, _POLL_S)
            started = time.time()
            self._send(plan[1:], per_s)
            wait_until(self._all_came, processes, _TAIL_S, _POLL_S)
        finally:
            self._stop.set()
            reader.join()
        return [taken * 1000 for sent, taken in self._taken if sent >= started + warm_up_s]

    def _send(self, plan: "Sequence[tuple[tuple[bytes, bytes], Change | None]]", per_s: int) -> None:
        producer = self._broker.producer(linger_ms=0)
        started, done = time.time(), 0
        while done < len(plan):
            due = min(len(plan), int((time.time() - started) * per_s) + 1)
            for (key, value), change in plan[done:due]:
                now = time.time()
                if change is not None:
                    self._due[key].append((change, now))
                producer.produce(self._source, value, key, timestamp=int(now * 1000))
            done = due
            producer.poll(0)
            time.sleep(_TICK_S)
        producer.flush()

    def _read(self) -> None:
        try:
            with closing(self._broker.consumer("bench-pace")) as consumer:
                partitions = self._broker.partitions(self._sink)
                consumer.assign([TopicPartition(self._sink, partition, 0) for partition in partitions])
                while not self._stop.is_set():
                    message = consumer.poll(0.1)
                    if message is not None and not is_end(message):
                        self._take(message.key() or b"", message.value() or b"", time.time())
        except Exception as error:  # raised by the thread that waits
            self._error = error

    def _take(self, key: bytes, value: bytes, now: float) -> None:
        change, sent = self._due[key].popleft()
        found = _decode(value)
        if found != change:
            raise ValueError(f"{found} instead of {change}")
        self._taken.append((sent, now - sent))

    def _all_came(self) -> bool:
        if self._error is not None:
            raise self._error
        return not any(self._due.values())
