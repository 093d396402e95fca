"""What Prometheus sees, counted once a batch. Every metric's name, unit and meaning stands here."""

from collections import Counter as Tally

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from streams.dead_letters import reason
from streams.runtime.records import Batch, Effects

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_RECORDS = (1, 10, 100, 1_000, 10_000, 100_000)


class Metrics:
    """The metrics of one worker; the observer of its tasks. `dead_letters`: their topic's full name."""

    def __init__(self, dead_letters: str) -> None:
        self._dead_letters = dead_letters
        self.registry = registry = CollectorRegistry()
        self._read = Counter(
            "link_status_records_in", "Records processed, by topic.", ["topic"], registry=registry
        )
        self._sent = Counter(
            "link_status_records_out", "Records acknowledged, by topic.", ["topic"], registry=registry
        )
        self._size = Histogram(
            "link_status_batch_records", "Records in a batch.", ["step"], buckets=_RECORDS, registry=registry
        )
        self._duration = Histogram(
            "link_status_batch_seconds",
            "Time a batch took: folding it, then making its effects durable.",
            ["step", "stage"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._dead = Counter(
            "link_status_dead_letters",
            "Dead letters acknowledged, by the topic that they are from and their code.",
            ["topic", "code"],
            registry=registry,
        )
        self.input_stopped = Gauge(
            "link_status_input_stopped",
            "1 when too many records were dead letters, so that no more input is taken.",
            registry=registry,
        )
        self.waiting = Gauge(
            "link_status_tasks_waiting",
            "Partitions of steps that wait, since a topic takes no records.",
            registry=registry,
        )
        self.tasks = Gauge(
            "link_status_tasks", "Partitions of steps that this worker has.", registry=registry
        )

    def finished(self, batch: Batch, effects: Effects, folding_s: float, committing_s: float) -> None:
        """Count one finished batch."""
        for topic, records in batch.records.items():
            self._read.labels(topic).inc(len(records))
        for topic, count in Tally(output.topic for output in effects.outputs).items():
            self._sent.labels(topic).inc(count)
        dead = Tally(reason(output) for output in effects.outputs if output.topic == self._dead_letters)
        for (topic, code), count in dead.items():
            self._dead.labels(topic, code).inc(count)
        self._size.labels(batch.step).observe(len(batch))
        self._duration.labels(batch.step, "fold").observe(folding_s)
        self._duration.labels(batch.step, "commit").observe(committing_s)
