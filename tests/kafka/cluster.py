"""A deployment under one prefix on a real broker: topics, worker processes, what goes in, what came out."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, Self, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from demo.brokers.die_with_parent import dying_with_us
from streams import admin, provision
from streams.runtime.connection import Connection
from streams.security import connection
from streams.settings import ENV_PREFIX
from streams.topics import Topics
from tests.support.environment import inherited, only

CLI = [sys.executable, "-m", "streams.cli"]
PATIENCE_S = 60.0
SOURCES = ("video-links", "seller-decisions", "invite-expiries", "moderation", "inventory")
INPUTS = (*SOURCES, "stock-subscriptions", "stock-by-creator", "events-by-creator", "events-by-product")


class Out(NamedTuple):
    """A record that was read back."""

    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes | None]

    @property
    def json(self) -> Any:
        """The value, read."""
        assert self.value is not None
        return json.loads(self.value)


class Worker:
    """A worker process with a state directory and a port of its own."""

    def __init__(
        self, environment: Mapping[str, str], log: Path, command: Sequence[str] = (*CLI, "worker")
    ) -> None:
        self.port = int(environment["LINK_STATUS_WEB_PORT"])
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                dying_with_us(command),
                env={**inherited(), **environment},
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a page; status 0 while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError:
            return 0, b""

    def metric(self, name: str) -> int:
        """The sum over all labels of a metric."""
        values = [line.split() for line in self.get("/metrics")[1].decode().splitlines()]
        return sum(int(float(value[1])) for value in values if value[0].partition("{")[0] == name)

    def until_ready(self) -> Self:
        """Wait for /readyz."""
        try:
            wait_for(lambda: self.get("/readyz")[0] == 200 or self._dead(), "not ready")
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.get('/readyz')}\n{self.log.read_text()[-3000:]}") from None
        return self

    def stop(self) -> float:
        """SIGTERM; returns the seconds it took to exit with 0."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(20) == 0, self.log.read_text()[-3000:]
        return time.monotonic() - started

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()

    def _dead(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        return False


class Cluster:
    """Topics under `prefix`, and helpers to use them as upstream and subscribers do."""

    def __init__(self, bootstrap: str, prefix: str, directory: Path, **settings: str) -> None:
        self.bootstrap = bootstrap
        self.prefix = prefix
        self.directory = directory
        self._settings = settings
        self._admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
        # Not the AdminClient's list_consumer_group_offsets: NOT_COORDINATOR, which a broker answers for a
        # moment after it was started, makes that crash the process (librdkafka issue 5040).
        self._group = Consumer(
            {"bootstrap.servers": bootstrap, "group.id": f"{prefix}link-status", "log_level": 0}
        )
        self._workers: list[Worker] = []
        self.create_topics()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            if worker.process.poll() is None:
                worker.kill()
        self._group.close()

    def worker(self, name: str = "a", command: Sequence[str] = (*CLI, "worker"), **settings: str) -> Worker:
        """Start a worker; one of the same name has the same state directory."""
        environment = {**self.environment(name), **settings}
        worker = Worker(environment, self.directory / f"{name}.log", command)
        self._workers.append(worker)
        return worker

    def state(self, name: str = "a") -> Path:
        """The state directory of the worker of that name."""
        return self.directory / f"state-{name}"

    def produce(
        self,
        events: Sequence[tuple[str, str | None, Mapping[str, Any]]],
        *,
        headers: Any = None,
        **configuration: Any,
    ) -> None:
        """Publish (topic, key, event), by default partitioned as Java clients do."""
        producer = Producer(
            {"bootstrap.servers": self.bootstrap, "partitioner": "murmur2_random", **configuration}
        )
        for topic, key, event in events:
            producer.produce(self.prefix + topic, json.dumps(event).encode(), key=key, headers=headers)
            producer.poll(0)
        assert producer.flush(30) == 0

    def settle(self) -> None:
        """Wait until the group has worked off all inputs, those that it makes itself included."""
        wait_for(lambda: self.lag() == 0 and self.lag() == 0, "inputs are not worked off")

    def read(self, topic: str) -> list[Out]:
        """All committed records of a topic, in the order of partitions."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": f"{self.prefix}reader",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
            }
        )
        partitions = self._partitions([topic])
        consumer.assign([TopicPartition(each.topic, each.partition, 0) for each in partitions])
        found, ended = [], 0
        while ended < len(partitions):
            message = consumer.poll(10)
            assert message is not None
            error = message.error()
            if error is None:
                headers = cast(Mapping[str, bytes | None], dict(message.headers() or []))
                found.append(Out(message.key(), message.value(), headers))
            elif error.code() == KafkaError._PARTITION_EOF:
                ended += 1
        consumer.close()
        return found

    def statuses(self) -> dict[str, Any]:
        """The current `video-status` by video, without what depends on when it was made."""
        latest: dict[str, Any] = {}
        for record in self.read("video-status"):
            assert record.key is not None
            body = None if record.value is None else record.json
            if body is not None:
                del body["updated_at"], body["version"]
            latest[record.key.decode()] = body
        return {video: body for video, body in latest.items() if body is not None}

    def changes(self) -> dict[str, list[Any]]:
        """All change records by video."""
        by_video: dict[str, list[Any]] = {}
        for record in self.read("video-status-changes"):
            by_video.setdefault(record.json["video_id"], []).append(record.json)
        return by_video

    def environment(self, name: str) -> dict[str, str]:
        """The environment of the worker of that name."""
        return {
            **inherited(),
            "LINK_STATUS_BOOTSTRAP_SERVERS": self.bootstrap,
            "LINK_STATUS_TOPIC_PREFIX": self.prefix,
            "LINK_STATUS_DATA_DIR": str(self.state(name)),
            "LINK_STATUS_WEB_PORT": str(free_port()),
            **self._settings,
        }

    def create_topics(self) -> None:
        """In this process: to start `link-status topics apply` takes half a second."""
        given: dict[str, Any] = {
            name.removeprefix(ENV_PREFIX).lower(): text for name, text in self._settings.items()
        }
        brokers = connection(only(**{"bootstrap_servers": self.bootstrap, **given}))
        apply(brokers, Topics.load(self.prefix))

    def _partitions(self, topics: Sequence[str]) -> list[TopicPartition]:
        return [place for topic in topics for place in self._partitions_of(self.prefix + topic)]

    def _partitions_of(self, name: str) -> list[TopicPartition]:
        # One by one: a broker that many deployments share has a lot to tell of all topics.
        found = self._admin.list_topics(name, timeout=10).topics[name]
        if found.error is not None:
            raise KafkaException(found.error)
        return [TopicPartition(name, number) for number in found.partitions]

    def lag(self) -> int:
        """How many records of all inputs are not worked off; 1 while the broker cannot tell."""
        committed = self.committed()
        ends = self._ends(committed) if committed else {}
        if not ends:
            return 1
        return sum(end - committed[each] for each, end in ends.items())

    def committed(self) -> Mapping[tuple[str, int], int]:
        """Up to where all inputs are worked off, by full topic and partition; empty while no coordinator
        answers.
        """
        try:
            answer = self._group.committed(self._partitions(INPUTS), timeout=10)
        except KafkaException:
            return {}
        return {(each.topic, each.partition): max(0, each.offset) for each in answer}

    def _ends(self, places: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
        """Where these end; empty while a leader is moving, as after a broker's session has expired: its
        metadata are then ahead of its logs for a moment (UNKNOWN_LEADER_EPOCH).
        """
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        try:
            futures = self._admin.list_offsets({TopicPartition(*place): latest for place in places})
            return {(each.topic, each.partition): future.result().offset for each, future in futures.items()}
        except KafkaException:
            return {}


def apply(brokers: Connection, declared: Topics) -> None:
    """Make topics, as `link-status topics apply` does."""
    applying = admin.when_there(brokers, lambda client: provision.apply(client, declared))
    # Playwright keeps an event loop running in this thread.
    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, applying).result(120)


def wait_for(reached: Any, otherwise: str, within_s: float = PATIENCE_S) -> None:
    """Poll until `reached()` is true."""
    deadline = time.monotonic() + within_s
    while not reached():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.1)


def wait_while_moving(
    reached: Callable[[], bool], place: Callable[[], object], otherwise: str, still_s: float
) -> None:
    """Poll until `reached()`, for as long as `place()` is another within so many seconds."""
    last: object = None
    deadline = 0.0
    while not reached():
        now = place()
        if now != last:
            last, deadline = now, time.monotonic() + still_s
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.1)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
