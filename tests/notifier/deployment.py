"""A notifier on a real Kafka: its topics, what a worker would publish to them, and its process."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from demo.brokers.die_with_parent import dying_with_us
from tests.kafka.cluster import wait_for
from tests.notifier.receiver import SECRET, Receiver

PARTITIONS = 4
Links = Sequence[Mapping[str, Any]]


class Deployment:
    """Topics under a prefix, one notifier at a time, and a receiver."""

    def __init__(
        self, bootstrap: str, prefix: str, directory: Path, receiver: Receiver, **settings: str
    ) -> None:
        """`settings`: the notifier's, beside those that all of them have."""
        self.settings = settings
        self.bootstrap, self.prefix, self.directory, self.receiver = bootstrap, prefix, directory, receiver
        self.changes, self.status = f"{prefix}video-status-changes", f"{prefix}video-status"
        self.admin = AdminClient({"bootstrap.servers": bootstrap})
        self._process: subprocess.Popen[bytes] | None = None
        self._versions: dict[str, int] = {}
        self._ahead = directory / "ahead"
        self.move_clock(0)
        topics = [
            NewTopic(self.changes, PARTITIONS),
            NewTopic(self.status, PARTITIONS, config={"cleanup.policy": "compact"}),
        ]
        for future in self.admin.create_topics(topics).values():
            future.result()
        self.producer = self.transactional("worker")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def transactional(self, name: str) -> Producer:
        """A producer as a worker's tasks have one."""
        producer = Producer(
            {
                "bootstrap.servers": self.bootstrap,
                "transactional.id": f"{self.prefix}{name}",
                "partitioner": "murmur2_random",
            }
        )
        producer.init_transactions(30)
        return producer

    def publish(self, changes: Mapping[str, Links | None]) -> None:
        """The next change of each video and its status, in one transaction; None deletes it."""
        self.producer.begin_transaction()
        for video, links in changes.items():
            self.send_status(self.producer, video, self.send_change(self.producer, video, links))
        self.producer.commit_transaction(30)

    def send_change(self, producer: Producer, video: str, links: Links | None) -> dict[str, Any] | None:
        """The next change of a video, within the caller's transaction; returns the status to go with it."""
        version = self._versions[video] = self._versions.get(video, 0) + 1
        common = {"video_id": video, "creator_id": f"c{int(video[1:]) % 7}", "version": version}
        at, summary = time.time_ns() // 1_000_000, {"status": "any"}
        common |= {"links": links or []}
        change = {"occurred_at": at, "after": None if links is None else summary}
        producer.produce(self.changes, json.dumps(common | change).encode(), video)
        producer.flush()
        return None if links is None else common | summary | {"title": f"Video {video}", "updated_at": at}

    def send_status(self, producer: Producer, video: str, status: Mapping[str, Any] | None) -> None:
        """A status or a tombstone, within the caller's transaction."""
        producer.produce(self.status, None if status is None else json.dumps(status).encode(), video)
        producer.flush()

    def move_clock(self, milliseconds: int) -> None:
        """Let the notifier's clock be ahead by so much."""
        fresh = self._ahead.with_suffix(".new")
        fresh.write_text(str(milliseconds))
        fresh.replace(self._ahead)

    def start(self) -> None:
        settings = {
            "BOOTSTRAP_SERVERS": self.bootstrap,
            "TOPIC_PREFIX": self.prefix,
            "STATE_FILE": str(self.directory / "state.sqlite3"),
            "GATHER_SECONDS": "0",
            "DIGEST_MINUTES": "0",
            "CHANNEL": "webhook",
            "WEBHOOK_URL": self.receiver.url,
            "WEBHOOK_SECRET": SECRET,
            **self.settings,
        }
        command = [sys.executable, "-m", "tests.notifier.process", str(self._ahead)]
        with (self.directory / "notifier.log").open("wb") as log:
            self._process = subprocess.Popen(
                dying_with_us(command),
                env={**os.environ, **{f"NOTIFIER_{name}": text for name, text in settings.items()}},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """SIGKILL."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """SIGTERM, once it listens; it exits with 0."""
        assert self._process
        wait_for(lambda: self._alive() and "listening" in self.log(), "it does not listen")
        self._process.terminate()
        assert self._process.wait(20) == 0, self.log()
        self._process = None

    def until_told(self, count: int) -> None:
        """Wait until so many items were told, in all."""
        wait_for(lambda: self._alive() and len(self.receiver.told()) >= count, "too little is told")

    def log(self) -> str:
        """What the notifier said since it was started."""
        return (self.directory / "notifier.log").read_text()

    def _alive(self) -> bool:
        assert self._process is None or self._process.poll() is None, self.log()
        return True
