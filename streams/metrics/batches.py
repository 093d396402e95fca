"""Counts finished batches: what is done for each record is done in C, to stay below 1% of the work."""

import time
from collections.abc import Callable, Sequence

from streams.dead_letters import CODES, reason
from streams.folded import Folded
from streams.metrics import declarations
from streams.metrics.instruments import Distribution, Instruments
from streams.runtime.records import Batch, Effects, Record
from streams.topics import Kind, Name, Topics
from streams.topology import LINKS, STOCK

_PASSED_ON = "passed_on"
_LOOKED_AT = 16
_READ = (Kind.SOURCE, Kind.INTERNAL, Kind.REPARTITION)


class Batches:
    """An observer of tasks. `now` is in epoch milliseconds."""

    def __init__(
        self,
        instruments: Instruments,
        topics: Topics,
        now: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._instruments = instruments
        self._now = now
        self._dead_letters = topics.full_name(Name.DEAD_LETTERS)
        self._changes_topic = topics.full_name(Name.VIDEO_STATUS_CHANGES)
        self._repartition = {
            topics.full_name(Name.EVENTS_BY_CREATOR),
            topics.full_name(Name.EVENTS_BY_PRODUCT),
        }
        self._read = instruments.counter(declarations.RECORDS_IN)
        self._sent = instruments.counter(declarations.RECORDS_OUT)
        self._changes = instruments.counter(declarations.CHANGES)
        self._rerouted = instruments.counter(declarations.REROUTED)
        self._dead = instruments.counter(declarations.DEAD_LETTERS)
        self._begin_at_zero(topics)

    def _begin_at_zero(self, topics: Topics) -> None:
        # Prometheus sees no increase in a series that begins with its first letter.
        inputs = [topics.full_name(each.name) for each in topics if each.kind in _READ]
        self._dead.update({(topic, code): 0 for topic in inputs for code in CODES})
        self._rerouted.update({(step,): 0 for step in (LINKS, STOCK)})
        self._changes[()] = 0

    def finished(
        self, batch: Batch, effects: Effects, folded: Folded, folding_s: float, committing_s: float
    ) -> None:
        """Count one finished batch."""
        self._count_read(batch, folded)
        self._count_sent(batch.step, effects)
        # One that only moved offsets, over the markers of transactions, is no batch to anyone who looks.
        if batch.records or effects.outputs:
            self._count_work(batch, folding_s, committing_s)

    def _count_work(self, batch: Batch, folding_s: float, committing_s: float) -> None:
        distribution, step = self._instruments.distribution, batch.step
        distribution(declarations.BATCH_RECORDS, step).observe(len(batch))
        distribution(declarations.BATCH_SECONDS, step, "fold").observe(folding_s)
        distribution(declarations.BATCH_SECONDS, step, "commit").observe(committing_s)

    def _count_read(self, batch: Batch, folded: Folded) -> None:
        left = {topic: len(records) for topic, records in batch.records.items()}
        for (topic, kind), number in folded.taken.items():
            self._read[topic, kind] += number
            left[topic] -= number
        for topic, number in left.items():
            if number:
                self._read[topic, _PASSED_ON] += number
        latency, now = self._instruments.distribution(declarations.EVENT_TO_STATUS, batch.step), self._now()
        stride = 1 + len(batch) // _LOOKED_AT
        for records in batch.records.values():
            _observe_ages(latency, now, records, stride)

    def _count_sent(self, step: str, effects: Effects) -> None:
        for topic, number in effects.sent.items():
            self._sent[topic,] += number
            if topic == self._changes_topic:
                self._changes[()] += number
            elif topic in self._repartition:
                self._rerouted[step,] += number
            elif topic == self._dead_letters:
                self._dead.update([reason(output) for output in effects.outputs if output.topic == topic])


def _observe_ages(latency: Distribution, now: int, records: Sequence[Record], stride: int) -> None:
    """Of records that came one after the other, each `stride`-th stands for that many."""
    looked_at = records[::stride]
    for record in looked_at[:-1]:
        latency.observe(max(0, now - record.timestamp) / 1000, stride)
    left = len(records) - (len(looked_at) - 1) * stride
    latency.observe(max(0, now - records[-1].timestamp) / 1000, left)
