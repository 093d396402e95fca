"""Reads a topic beside a measure, and says when each record came."""

import threading
import time
from collections.abc import Callable
from contextlib import closing
from types import TracebackType
from typing import Self

from confluent_kafka import OFFSET_END, Consumer, TopicPartition

from bench.broker import Broker, is_end

_WAIT_S = 0.1
_START_S = 30.0


class Listener:
    """Calls `take(key, value, time.perf_counter())` for each record committed from `with` to its end.

    In a thread of its own; what goes wrong there is raised by `check`.
    """

    def __init__(self, broker: Broker, topic: str, take: Callable[[bytes, bytes, float], None]) -> None:
        self._broker = broker
        self._topic = topic
        self._take = take
        self._error: Exception | None = None
        self._stop = threading.Event()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        self._listening.wait(_START_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def check(self) -> None:
        """Raise what went wrong, if anything did."""
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            with closing(self._broker.consumer("bench-listener")) as consumer:
                partitions = self._broker.partitions(self._topic)
                consumer.assign([TopicPartition(self._topic, each, OFFSET_END) for each in partitions])
                self._listen(consumer, len(partitions))
        except Exception as error:
            self._error = error

    def _listen(self, consumer: Consumer, partitions: int) -> None:
        ends = 0
        while not self._stop.is_set():
            message = consumer.poll(_WAIT_S)
            if message is None:
                continue
            if is_end(message):  # the first from each partition says that it is being read
                ends += 1
                if ends >= partitions:
                    self._listening.set()
            else:
                self._take(message.key() or b"", message.value() or b"", time.perf_counter())
