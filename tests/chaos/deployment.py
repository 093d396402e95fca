"""A deployment under fire: load while things break, then the verdict."""

import functools
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from confluent_kafka import Producer

from streams.topics import Topics
from streams.topology import steps
from tests.chaos.judge import Evidence, judge
from tests.chaos.judge.evidence import Tables
from tests.chaos.logs import committed
from tests.chaos.traffic import Sent
from tests.kafka.cluster import Cluster, Worker, wait_for, wait_while_moving
from tests.kafka.dump import dump
from tests.support.broker import Stored

EXACTLY_ONCE = "exactly_once"
AT_LEAST_ONCE = "at_least_once"
LIMIT = 262_144
TASKS = 16
STILL_S = 120.0


class Broken(Exception):
    """What the judge found."""

    def __init__(self, problems: list[str]) -> None:
        kinds = Counter(" ".join(problem.split(maxsplit=2)[:2]) for problem in problems)
        shown = [problem[:2000] for problem in (*problems[:5], *problems[-5:])]
        super().__init__("\n".join([f"{len(problems)} problems: {dict(kinds.most_common(10))}", *shown]))


class Deployment(Cluster):
    """Topics, workers and a load of one scenario."""

    def __init__(self, bootstrap: str, prefix: str, directory: Path, guarantee: str, **settings: str) -> None:
        self.guarantee = guarantee
        self._feed: threading.Thread | None = None
        self._enough = threading.Event()
        self.sent = 0
        defaults = {
            "LINK_STATUS_PROCESSING_GUARANTEE": guarantee,
            "LINK_STATUS_SESSION_TIMEOUT_MS": "1500",
            "LINK_STATUS_BATCH_MAX_RECORDS": "200",
            "LINK_STATUS_DEAD_LETTER_LIMIT": "1",
        }
        super().__init__(bootstrap, prefix, directory, **{**defaults, **settings})

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self.enough()
        self.published()

    def feed(self, records: Iterable[Sent], per_second: float = float("inf")) -> Self:
        """Publish in the background, not faster than that."""
        self._feed = threading.Thread(target=self._publish, args=(records, per_second), daemon=True)
        self._feed.start()
        return self

    def enough(self) -> None:
        """Publish no more."""
        self._enough.set()

    def alive(self, worker: Worker) -> None:
        """Wait until a worker has come far enough to be told to stop."""
        wait_for(lambda: worker.get("/livez")[0] == 200, "a worker does not start")

    def at_work(self, worker: Worker) -> None:
        """Wait until a worker processes records."""
        wait_for(lambda: b"records_in_total{" in worker.get("/metrics")[1], "nothing is read")

    def published(self) -> None:
        """Wait until everything is published."""
        if self._feed is not None:
            self._feed.join()

    def settled(self) -> None:
        """Wait until everything is published and worked off, which on a busy machine may take its time."""
        self.published()
        wait_while_moving(
            lambda: self.lag() == 0 and self.lag() == 0, self.committed, "inputs are not worked off", STILL_S
        )

    def records(self, topic: str) -> list[Stored]:
        """The committed records of a topic named without prefix."""
        return committed(self.bootstrap, self.prefix + topic)

    def verdict(self, last: str, now: int | None = None) -> dict[str, int]:
        """Judge at rest: worker `last` had all tasks and is stopped. Raises Broken; returns figures.

        Its disk may be behind the changelogs, by what was committed when it stopped; restored, it is not.
        """
        restored = self.restored()
        evidence = Evidence(
            functools.cache(self.records),
            restored,
            now or time.time_ns() // 1_000_000,
            self.guarantee == EXACTLY_ONCE,
            self.prefix,
        )
        problems = judge(evidence)
        behind = self.tables(last) != restored
        if behind:
            self.worker(last).until_ready().stop()
            if self.tables(last) != restored:
                problems.append(f"the tables of {last} are not what their changelogs restore")
        if problems:
            raise Broken(problems)
        return {
            "records": len(evidence.taken),
            "changes": len(evidence.records("video-status-changes")),
            "dead letters": len(evidence.records("dead-letters")),
            **({"disk behind": 1} if behind else {}),
        }

    def tables(self, worker: str) -> Tables:
        """What a stopped worker has on disk, by table."""
        found: dict[str, dict[bytes, bytes]] = {}
        for name, entries in dump(self.state(worker)).items():
            found.setdefault(name.partition("/")[2], {}).update(entries)
        return found

    def forget(self, worker: str) -> None:
        """Delete a state directory."""
        shutil.rmtree(self.state(worker), ignore_errors=True)

    def restored(self) -> Tables:
        """What the changelogs hold, by table."""
        found: dict[str, dict[bytes, bytes]] = {}
        for spec in steps(Topics.load(""), LIMIT):
            for table in spec.tables:
                latest = {record.key: record.value for record in self.records(table.changelog)}
                entries = {key: value for key, value in latest.items() if key and value is not None}
                found[table.name] = entries
        return found

    def _publish(self, records: Iterable[Sent], per_second: float) -> None:
        producer = Producer(
            {
                "bootstrap.servers": self.bootstrap,
                "partitioner": "murmur2_random",
                "linger.ms": 20,
                "message.max.bytes": 8 << 20,
                "enable.idempotence": True,
                "message.timeout.ms": 300_000,
                "log_level": 0,
            }
        )
        began = time.monotonic()
        for self.sent, record in enumerate(records, 1):
            if self._enough.is_set():
                break
            self._produce(producer, record)
            time.sleep(max(0.0, self.sent / per_second - (time.monotonic() - began)))
        assert producer.flush(300) == 0

    def _produce(self, producer: Producer, record: Sent) -> None:
        topic, partition = self.prefix + record.topic, -1 if record.partition is None else record.partition
        headers: Any = record.headers
        while True:
            try:
                producer.produce(topic, record.value, record.key, partition, headers=headers)
                producer.poll(0)
                return
            except BufferError:
                producer.poll(0.1)
