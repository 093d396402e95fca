"""`link-status audit` beside workers on real Kafka."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from demo.brokers.kafka import RealKafka
from streams.runtime.partitioner import partition_for
from tests.kafka.cluster import CLI, Cluster
from tests.kafka.load import load


class Audited(NamedTuple):
    """What it said."""

    code: int
    differences: list[Any]
    summary: Any
    error: str


@pytest.fixture
def cluster(kafka: RealKafka, prefix: str, tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(kafka.bootstrap, prefix, tmp_path) as deployment:
        yield deployment


def audit(cluster: Cluster) -> Audited:
    done = subprocess.run(
        [*CLI, "audit", "--json"],
        env=cluster.environment("auditor"),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout and "Traceback" not in done.stderr, done.stderr
    *differences, summary = [json.loads(line) for line in done.stdout.splitlines()]
    return Audited(done.returncode, differences, summary, done.stderr)


def test_a_running_system_is_proven_right_and_what_is_wrong_is_named(cluster: Cluster) -> None:
    events = load(3000)
    cluster.produce(events[:2000], partitioner="consistent_random")
    worker = cluster.worker().until_ready()
    cluster.settle()
    # What comes now is on its way while it looks.
    cluster.produce(events[2000:])
    right = audit(cluster)
    assert (right.code, right.differences) == (0, []), right
    assert right.summary["records"] >= 2000
    assert right.summary["subjects"] > 200
    assert "folding the log" in right.error

    cluster.settle()
    video, body = next(iter(cluster.statuses().items()))
    wrong = {**body, "title": "\x1b[2J", "version": 1, "updated_at": "2026-11-23T09:00:00.000Z"}
    producer = Producer({"bootstrap.servers": cluster.bootstrap, "partitioner": "murmur2_random"})
    producer.produce(f"{cluster.prefix}video-status", json.dumps(wrong).encode(), key=video)
    astray = (partition_for(b"stray", 8) + 1) % 8
    producer.produce(f"{cluster.prefix}video-status", b"no JSON", key="stray", partition=astray)
    assert producer.flush(30) == 0
    found = audit(cluster)
    assert found.code == 3
    assert {(each["where"], each["ids"][-1]) for each in found.differences} == {
        ("video-status", video),
        ("video-status", "stray"),
    }
    title = next(each for each in found.differences if each["field"] == "title")
    assert (title["live"], title["expected"]) == ("\x1b[2J", body["title"])
    worker.stop()


def test_a_log_without_its_beginning_is_said_and_what_is_left_is_proven(cluster: Cluster) -> None:
    cluster.produce(load(1000))
    worker = cluster.worker().until_ready()
    cluster.settle()
    assert worker.stop() < 10
    admin = AdminClient({"bootstrap.servers": cluster.bootstrap})
    topic = f"{cluster.prefix}seller-decisions"
    gone = [TopicPartition(topic, partition, 5) for partition in range(8)]
    for deleted in admin.delete_records(gone).values():
        deleted.result()
    partial = audit(cluster)
    assert (partial.code, partial.differences) == (0, [])
    assert partial.summary["gone"] == [
        {"topic": topic, "partition": partition, "first": 5} for partition in range(8)
    ]
