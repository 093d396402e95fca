"""`link-status dead-letters` on real Kafka, beside a worker."""

import base64
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from confluent_kafka import Producer

from demo.brokers.kafka import RealKafka
from tests.kafka.cluster import CLI, Cluster, Out
from tests.support.events import decided, posted

ATTEMPTS = "__streams.redrive.attempts"
# With a control character that terminals obey.
BAD = b'{"type":"moderation_verdict","event_id":"\xc2\x9b2J"}'


class Done(NamedTuple):
    """What a command did."""

    code: int
    out: str
    error: str

    @property
    def json(self) -> list[Any]:
        """The lines of its output, read."""
        return [json.loads(line) for line in self.out.splitlines()]


class Operator:
    """Somebody at a shell."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def __call__(self, *words: str, answer: str = "", **settings: str) -> Done:
        done = subprocess.run(
            [*CLI, "dead-letters", *words],
            env={**self.cluster.environment("operator"), **settings},
            input=answer,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "Traceback" not in done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def publish(self, topic: str, key: str | None, value: bytes | None, headers: Mapping[str, bytes]) -> None:
        """Publish whatever bytes on partition 3, and have them processed."""
        producer = Producer({"bootstrap.servers": self.cluster.bootstrap})
        producer.produce(
            self.cluster.prefix + topic, value, key=key, partition=3, headers=list(headers.items())
        )
        assert producer.flush(30) == 0
        self.cluster.settle()

    def sources(self, topic: str) -> list[Out]:
        """What stands in an input topic."""
        return self.cluster.read(topic)


@pytest.fixture
def operator(kafka: RealKafka, prefix: str, tmp_path: Path) -> Iterator[Operator]:
    with Cluster(kafka.bootstrap, prefix, tmp_path) as cluster:
        cluster.worker().until_ready()
        yield Operator(cluster)


def test_they_are_listed_shown_and_sent_back(operator: Operator) -> None:
    prefix = operator.cluster.prefix
    operator.cluster.produce([("video-links", "c1", posted("v1", "p1"))])
    operator.publish("moderation", "c1", BAD, {"trace": b"\xff"})
    operator.publish("inventory", None, None, {})

    listed = operator("list")
    assert listed.code == 0
    assert [line.split()[3] for line in listed.out.splitlines()] == ["invalid_event", "invalid_json"]
    assert listed.error.startswith("2 dead letters\n")
    (only,) = operator("list", "--topic", "moderation", "--since", "1h", "--json").json
    assert (only["topic"], only["partition"], only["offset"]) == (f"{prefix}moderation", 3, 0)
    assert (only["code"], only["attempts"], only["bytes"]) == ("invalid_event", 0, len(BAD))
    assert operator("list", "--until", "1h").error == "0 dead letters\n"
    assert operator("list", "--limit", "1").out.count("\n") == 1

    place = only["letter"]
    page = operator("show", place).out
    assert f"{prefix}moderation, partition 3, offset 0" in page
    assert "\x9b" not in page
    assert operator("show", place, "--raw").out.encode() == BAD
    (whole,) = operator("show", place, "--json").json
    assert base64.b64decode(whole["value"]) == BAD
    assert whole["headers"] == [{"name": "trace", "value": "/w=="}]

    assert operator("redrive").code == 2
    planned = operator("redrive", "--all", "--dry-run")
    assert planned.error.endswith("2 would be redriven, 0 left\n")
    assert operator("redrive", "--all", answer="n\n").code == 1
    assert len(operator.sources("moderation")) == 1, "a dry run, or an operator's no, sent something"

    sent = operator("redrive", place, answer="y\n")
    assert sent.code == 0
    assert sent.error.endswith("1 redriven, 0 left\n")
    before, after = operator.sources("moderation")
    assert (after.key, after.value) == (before.key, before.value)
    assert after.headers == {"trace": b"\xff", ATTEMPTS: b"1"}
    operator.cluster.settle()
    again = operator("list", "--code", "invalid_event", "--json").json
    assert [each["attempts"] for each in again] == [0, 1]
    left = operator("redrive", again[1]["letter"], "--max-attempts", "1", "--yes", "--json")
    assert (left.code, left.json[0]["left"]) == (1, "redriven 1 times before")

    absent = operator("redrive", "99-99", again[0]["letter"], "--max-attempts", "9", "--dry-run")
    assert absent.code == 1
    assert absent.error == "99-99: there is no such dead letter\n1 would be redriven, 0 left\n"

    # Without key and value it is a record all the same.
    assert operator("redrive", "--topic", f"{prefix}inventory", "--yes").code == 0
    assert [(each.key, each.value) for each in operator.sources("inventory")] == [(None, None)] * 2


def test_what_a_newer_worker_takes_is_taken(kafka: RealKafka, prefix: str, tmp_path: Path) -> None:
    size = {"LINK_STATUS_MAX_RECORD_BYTES": "300"}
    with Cluster(kafka.bootstrap, prefix, tmp_path) as cluster:
        narrow = cluster.worker(**size).until_ready()
        event = decided("p1", "rejected") | {"reason": "x" * 300}
        cluster.produce([("video-links", "c1", posted("v1", "p1")), ("seller-decisions", "c1", event)])
        cluster.settle()
        assert cluster.statuses()["v1"]["status"] == "in_review"
        narrow.stop()
        cluster.worker().until_ready()
        for _ in range(2):
            assert Operator(cluster)("redrive", "--code", "too_large", "--yes").code == 0
        cluster.settle()
        assert cluster.statuses()["v1"]["status"] == "needs_attention"
        assert len(cluster.changes()["v1"]) == 2


def test_what_makes_no_sense_is_refused(kafka: RealKafka, prefix: str, tmp_path: Path) -> None:
    with Cluster(kafka.bootstrap, prefix, tmp_path) as cluster:
        operator = Operator(cluster)
        missing = operator("list", LINK_STATUS_TOPIC_PREFIX="no-such-")
        assert (missing.code, missing.out) == (1, "")
        assert missing.error == (
            "link-status: topic no-such-dead-letters: missing (link-status topics apply)\n"
        )
        no_input = operator("list", "--topic", "video-status")
        assert no_input.code == 2
        assert f"{prefix}video-status is not among" in no_input.error
        assert operator("list", "--since", "yesterday").code == 2
        nothing = operator("show", "0-999")
        assert (nothing.code, nothing.error) == (1, "Error: 0-999: there is no dead letter\n")
