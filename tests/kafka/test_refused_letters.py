"""Dead letters that cannot be written, and too many of them: what waits, what goes on, nothing is lost."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import pytest
from confluent_kafka import Producer

from demo.brokers.kafka import RealKafka
from streams.runtime.partitioner import partition_for
from tests.kafka.cluster import Cluster, Worker, wait_for
from tests.kafka.load import check_chains, comparable, expected, load
from tests.kafka.refusing import Breakable
from tests.support.events import decided, posted

# Text that no compression makes small.
BAD = {"type": "seller_decision", "reason": Random(1).randbytes(5_000).hex()}
BLOCKED = "c1"
FREE = "c2"


BREAK: Mapping[str, tuple[Callable[[Breakable], None], Callable[[Breakable], None]]] = {
    "deleted": (Breakable.delete, Breakable.create),
    "too small": (Breakable.shrink, Breakable.widen),
}


@pytest.mark.parametrize(("break_", "mend"), BREAK.values(), ids=BREAK)
def test_what_cannot_be_dead_lettered_waits_and_the_others_go_on(
    break_: Callable[[Breakable], None],
    mend: Callable[[Breakable], None],
    kafka: RealKafka,
    prefix: str,
    tmp_path: Path,
) -> None:
    assert partition_for(BLOCKED.encode(), 8) != partition_for(FREE.encode(), 8)
    with Cluster(kafka.bootstrap, prefix, tmp_path) as cluster:
        worker, letters = cluster.worker().until_ready(), _letters(cluster)
        cluster.produce([("seller-decisions", BLOCKED, BAD)])
        cluster.settle()
        break_(letters)
        blocked = f"links-{partition_for(BLOCKED.encode(), 8)}"
        cluster.produce([("seller-decisions", BLOCKED, BAD)])
        wait_for(lambda: _metric(worker, "link_status_tasks_waiting") == 1, worker.log.read_text()[-3000:])
        status, body = worker.get("/readyz")
        reason = json.loads(body)["reason"]
        assert (status, reason.startswith(f"{blocked} waits: ")) == (503, True)
        assert f"{blocked} waits, nothing is lost: " in worker.log.read_text()

        cluster.produce(
            [
                ("video-links", BLOCKED, posted("v1", "p1", creator=BLOCKED)),
                ("video-links", FREE, posted("v2", "p1", creator=FREE)),
            ]
        )
        wait_for(lambda: len(cluster.changes().get("v2", ())) == 1, "the others do not go on")
        cluster.produce([("seller-decisions", FREE, decided("p1", "rejected", creator=FREE))])
        wait_for(lambda: len(cluster.changes().get("v2", ())) == 2, "the others do not go on for long")
        assert "v1" not in cluster.changes()
        assert _metric(worker, "link_status_tasks_waiting") == 1

        mend(letters)
        cluster.settle()
        worker.until_ready()
        assert f"{blocked} goes on" in worker.log.read_text()
        assert [json.loads(letter.value or b"") for letter in cluster.read("dead-letters")][-1] == BAD
        assert cluster.statuses()["v1"]["status"] == "in_review"
        check_chains(cluster.changes())
        assert worker.stop() < 10


def test_originals_that_were_small_because_they_came_compressed_are_kept(
    kafka: RealKafka, prefix: str, tmp_path: Path
) -> None:
    random = Random(1).randbytes(900_000)
    originals: list[tuple[bytes, bytes, dict[str, str | bytes | None]]] = [
        (b"value", random * 3, {}),
        (b"k" * 5_000_000, b"{", {}),
        (b"header", b"{", {"large": b"h" * 2_200_000}),
    ]
    with Cluster(kafka.bootstrap, prefix, tmp_path) as cluster:
        worker = cluster.worker().until_ready()
        producer = Producer(
            {
                "bootstrap.servers": cluster.bootstrap,
                "compression.type": "zstd",
                "message.max.bytes": 20_000_000,
            }
        )
        for key, value, headers in originals:
            producer.produce(f"{prefix}moderation", value, key, headers=headers)
            assert producer.flush(30) == 0
        cluster.produce([("moderation", "c1", {"type": "moderation_verdict"})])
        cluster.settle()
        letters = {letter.key: letter for letter in cluster.read("dead-letters")}
        for key, value, headers in originals:
            assert letters[key].value == value
            assert letters[key].headers.items() >= headers.items()
        assert worker.get("/readyz")[0] == 200


def test_a_worker_that_waits_stops_at_once_and_another_goes_on(
    kafka: RealKafka, prefix: str, tmp_path: Path
) -> None:
    with Cluster(kafka.bootstrap, prefix, tmp_path) as cluster:
        worker, letters = cluster.worker().until_ready(), _letters(cluster)
        letters.shrink()
        cluster.produce([("seller-decisions", BLOCKED, BAD)])
        wait_for(lambda: _metric(worker, "link_status_tasks_waiting") == 1, worker.log.read_text()[-3000:])
        assert worker.stop() < 4, "it waits for what cannot be written"
        letters.widen()
        cluster.worker().until_ready()
        cluster.settle()
        assert len(cluster.read("dead-letters")) == 1


def test_above_the_ceiling_nothing_is_taken_until_it_is_raised(
    kafka: RealKafka, prefix: str, tmp_path: Path
) -> None:
    events = load(600)
    with Cluster(kafka.bootstrap, prefix, tmp_path, LINK_STATUS_DEAD_LETTER_MINIMUM="50") as cluster:
        worker = cluster.worker().until_ready()
        cluster.produce(events[:300])
        cluster.produce([("moderation", f"c{number}", {"type": "weather"}) for number in range(400)])
        wait_for(lambda: _metric(worker, "link_status_input_stopped") == 1, "it goes on and on")
        cluster.produce(events[300:])
        status, body = worker.get("/readyz")
        reason = json.loads(body)["reason"]
        assert status == 503
        assert f"records of {prefix}moderation are dead letters (unknown_type " in reason
        assert reason in worker.log.read_text()
        before = len(cluster.read("dead-letters"))
        assert worker.get("/livez")[0] == 200, "it would be restarted, and run into the same"
        assert worker.stop() < 4
        assert len(cluster.read("dead-letters")) == before < 400

        cluster.worker(LINK_STATUS_DEAD_LETTER_LIMIT="1").until_ready()
        cluster.settle()
        assert len(cluster.read("dead-letters")) == 400
        assert comparable(cluster.statuses()) == expected(events)
        check_chains(cluster.changes())


def _letters(cluster: Cluster) -> Breakable:
    return Breakable(cluster.bootstrap, f"{cluster.prefix}dead-letters")


def _metric(worker: Worker, name: str) -> int:
    lines = worker.get("/metrics")[1].decode().splitlines()
    return sum(int(float(line.split()[1])) for line in lines if line.startswith(f"{name} "))
