"""The web of several workers on real Kafka: any answers for every creator, and streams outlive workers."""

import json
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from demo.brokers.kafka import RealKafka
from tests.kafka.cluster import Cluster, Worker, wait_for
from tests.kafka.load import load

NAMES = ("a", "b", "c")


@pytest.fixture
def cluster(kafka: RealKafka, prefix: str, tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(kafka.bootstrap, prefix, tmp_path, LINK_STATUS_SESSION_TIMEOUT_MS="6000") as deployment:
        yield deployment


def get(worker: Worker, path: str) -> tuple[int, Any]:
    """Status and JSON; asks again where it is told to."""
    found: list[tuple[int, Any]] = []

    def answered() -> bool:
        code, body = worker.get(path)
        found[:] = [(code, json.loads(body) if body else None)]
        return code not in (0, 503)

    wait_for(answered, f"{path}: {found}")
    return found[0]


class Stream:
    """Follows a creator's events as a client that reconnects, to the workers in turn."""

    def __init__(self, workers: list[Worker], creator: str) -> None:
        self._workers = workers
        self._creator = creator
        self.last = ""
        self.resets = 0
        self.changes: list[tuple[str, int]] = []
        self.wanted = 0
        self.turns = 0

    def follow(self, wanted: int) -> None:
        """Until so many changes came."""
        while len(self.changes) < wanted:
            worker = self._workers[self.turns % len(self._workers)]
            self.turns += 1
            try:
                self._read(worker, wanted)
            except (OSError, urllib.error.URLError):
                continue

    def _read(self, worker: Worker, wanted: int) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{worker.port}/v1/creators/{self._creator}/events",
            headers={"Last-Event-ID": self.last} if self.last else {},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            fields: dict[str, str] = {}
            for line in answer:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                    continue
                if "id" in fields:
                    self.last = fields["id"]
                    self.resets += fields["event"] == "reset"
                    if fields["event"] == "change":
                        data = json.loads(fields["data"])
                        self.changes.append((data["video_id"], data["version"]))
                fields = {}
                if len(self.changes) >= wanted:
                    return


def test_every_worker_answers_for_every_creator(cluster: Cluster) -> None:
    events = load(1500)
    workers = [cluster.worker(name).until_ready() for name in NAMES]
    cluster.produce(events)
    cluster.settle()
    statuses = cluster.statuses()
    creators = {event["creator_id"] for _, _, event in events if "creator_id" in event}
    served = {worker.port: 0 for worker in workers}
    for creator in sorted(creators):
        expected = sorted(video for video, body in statuses.items() if body["creator_id"] == creator)
        for worker in workers:
            code, body = get(worker, f"/v1/creators/{quote(creator)}/videos?limit=200")
            assert code == 200
            assert sorted(video["video_id"] for video in body["videos"]) == expected
            served[worker.port] += 1
    assert set(served.values()) == {len(creators)} and len(creators) > 20

    changes = cluster.changes()
    for video, chain in list(changes.items())[:40]:
        creator = chain[-1]["creator_id"]
        for worker in workers:
            code, body = get(worker, f"/v1/creators/{creator}/videos/{video}")
            assert (code, body["version"]) == (200, chain[-1]["version"])
    product = next(event["product_id"] for _, _, event in events if event["type"] == "inventory_level")
    answers = [get(worker, f"/v1/products/{product}/links") for worker in workers]
    linked = [
        (body["creator_id"], video)
        for video, body in statuses.items()
        for link in body["links"]
        if link["product_id"] == product and link["status"] != "approved"
    ]
    for code, body in answers:
        assert code == 200
        assert [(link["creator_id"], link["video_id"]) for link in body["links"]] == sorted(linked)


def test_no_answer_is_behind_what_was_published(cluster: Cluster) -> None:
    worker = cluster.worker().until_ready()
    topic = f"{cluster.prefix}video-status-changes"
    subscriber = Consumer(
        {
            "bootstrap.servers": cluster.bootstrap,
            "group.id": f"{cluster.prefix}reader",
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 5,
        }
    )
    partitions = subscriber.list_topics(topic, timeout=10).topics[topic].partitions
    subscriber.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    asked, events = 0, load(1500)
    for start in range(0, len(events), 75):
        cluster.produce(events[start : start + 75])
        # Asked at once, while the worker is about to store what it published.
        for message in subscriber.consume(20, timeout=2):
            change = json.loads(message.value() or b"")
            code, body = get(worker, f"/v1/creators/{change['creator_id']}/videos/{change['video_id']}")
            assert code == 200
            assert body["version"] >= change["version"]
            asked += 1
    subscriber.close()
    assert asked > 100


def test_an_event_stream_outlives_its_worker(cluster: Cluster) -> None:
    events = load(1500)
    creator = max(
        (event["creator_id"] for _, _, event in events if "creator_id" in event),
        key=[event.get("creator_id") for _, _, event in events].count,
    )
    workers = [cluster.worker(name).until_ready() for name in NAMES[:2]]
    stream = Stream(workers, creator)
    with ThreadPoolExecutor() as pool:
        # From the beginning of the numbers, so that nothing depends on when the stream begins.
        stream.last = "0"
        first = pool.submit(stream.follow, 10)
        cluster.produce(events[:800])
        first.result(60)
        workers[0].stop()
        cluster.produce(events[800:])
        cluster.settle()
        workers[1].kill()
        workers[0] = stream._workers[0] = cluster.worker("a")
        expected = [
            (video, change["version"])
            for video, chain in cluster.changes().items()
            for change in chain
            if change["creator_id"] == creator
        ]
        pool.submit(stream.follow, len(expected)).result(60)
    assert stream.resets == 0
    assert len(stream.changes) == len(set(stream.changes)) == len(expected) > 20
    assert sorted(stream.changes) == sorted(expected)


def test_a_zombie_does_not_answer_with_what_it_had(cluster: Cluster) -> None:
    event = {"creator_id": "c1", "video_id": "v1", "event_id": "e1", "occurred_at": 1}
    posted = {**event, "type": "video_posted", "title": "", "links": [{"product_id": "p1"}]}
    empty = {
        "type": "inventory_level",
        "product_id": "p1",
        "event_id": "e2",
        "occurred_at": 2,
        "available": 0,
    }
    zombie = cluster.worker("zombie").until_ready()
    cluster.produce([("video-links", "c1", posted)])
    cluster.settle()
    path = "/v1/creators/c1/videos/v1"
    assert get(zombie, path)[1]["version"] == 1
    zombie.process.send_signal(signal.SIGSTOP)
    heir = cluster.worker("heir").until_ready()
    cluster.produce([("inventory", "p1", empty)])
    cluster.settle()
    assert get(heir, path)[1]["version"] == 2
    # What waits at the zombie's door is the first that it sees when it goes on.
    with socket.create_connection(("127.0.0.1", zombie.port), timeout=20) as waiting:
        waiting.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        zombie.process.send_signal(signal.SIGCONT)
        answer = b"".join(iter(lambda: waiting.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 503 ") or b'"version":2' in answer, answer
    assert get(zombie, path)[1]["version"] == 2
