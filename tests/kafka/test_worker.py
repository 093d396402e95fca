"""Workers on real Kafka: state, restarts, several at once, what producers send."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic  # type: ignore[attr-defined]

from demo.brokers.kafka import RealKafka
from streams.topics import Topics
from tests.kafka.cluster import CLI, Cluster, Worker, wait_for
from tests.kafka.load import check_chains, comparable, expected, load

GUARANTEES = ("at_least_once", "exactly_once")
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


@pytest.fixture
def cluster(kafka: RealKafka, prefix: str, tmp_path: Path) -> Iterator[Cluster]:
    """A deployment with the default guarantee."""
    with Cluster(kafka.bootstrap, prefix, tmp_path) as deployment:
        yield deployment


def test_what_librdkafka_sends_by_default_in_any_codec(cluster: Cluster) -> None:
    events = load(1000)
    share = len(events) // len(CODECS)
    for number, codec in enumerate(CODECS):
        part = events[number * share : (number + 1) * share]
        cluster.produce(part, **{"partitioner": "consistent_random", "compression.type": codec})
    cluster.worker().until_ready()
    cluster.settle()
    assert comparable(cluster.statuses()) == expected(events)
    assert cluster.read("events-by-creator"), "nothing was rerouted, so this tested nothing"
    check_chains(cluster.changes())


@pytest.mark.parametrize("guarantee", GUARANTEES)
def test_a_restarted_worker_goes_on_with_its_state(
    guarantee: str, kafka: RealKafka, prefix: str, tmp_path: Path
) -> None:
    events = load(1500)
    with Cluster(kafka.bootstrap, prefix, tmp_path, LINK_STATUS_PROCESSING_GUARANTEE=guarantee) as cluster:
        cluster.produce(events[:800])
        worker = cluster.worker().until_ready()
        cluster.settle()
        assert worker.stop() < 10
        cluster.produce(events[800:])
        cluster.worker().until_ready()
        cluster.settle()
        assert comparable(cluster.statuses()) == expected(events)
        check_chains(cluster.changes())


def test_two_workers_share_the_work_and_one_takes_over(cluster: Cluster) -> None:
    events = load(3000)
    first, second = cluster.worker("a").until_ready(), cluster.worker("b").until_ready()
    cluster.produce(events[:1500])
    cluster.settle()
    wait_for(
        lambda: _tasks(first.get("/metrics")) == _tasks(second.get("/metrics")) == 8, "not shared evenly"
    )
    cluster.produce(events[1500:])
    second.stop()
    cluster.settle()
    assert comparable(cluster.statuses()) == expected(events)
    check_chains(cluster.changes())


def test_a_static_member_comes_back_without_a_rebalance(cluster: Cluster) -> None:
    def member(name: str) -> Worker:
        # It is to be back within the session, on a busy machine too.
        return cluster.worker(
            name, LINK_STATUS_GROUP_INSTANCE_ID=name, LINK_STATUS_SESSION_TIMEOUT_MS="30000"
        )

    events = load(3000)
    first, second = member("a").until_ready(), member("b").until_ready()
    wait_for(lambda: _tasks(first.get("/metrics")) == 8, "not shared evenly")
    rebalances = first.log.read_text().count("generation")
    cluster.produce(events[:1500])
    second.stop()
    cluster.produce(events[1500:])
    member("b").until_ready()
    cluster.settle()
    assert comparable(cluster.statuses()) == expected(events)
    check_chains(cluster.changes())
    assert first.log.read_text().count("generation") == rebalances


def test_a_worker_without_partitions_stands_by(kafka: RealKafka, prefix: str, tmp_path: Path) -> None:
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    declared = Topics.load(prefix).by_full_name.items()
    new = [NewTopic(name, 1, 1, config=topic.configs) for name, topic in declared]
    for future in admin.create_topics(new).values():
        future.result()
    events = load(600)
    with Cluster(kafka.bootstrap, prefix, tmp_path) as cluster:
        first, second = cluster.worker("a").until_ready(), cluster.worker("b")
        wait_for(lambda: b"no partitions are assigned" in second.get("/readyz")[1], "it does not stand by")
        cluster.produce(events[:300])
        cluster.settle()
        first.stop()
        second.until_ready()
        cluster.produce(events[300:])
        cluster.settle()
        assert comparable(cluster.statuses()) == expected(events)
        check_chains(cluster.changes())


def test_a_session_timeout_that_brokers_refuse_ends_a_worker(cluster: Cluster) -> None:
    worker = cluster.worker(LINK_STATUS_SESSION_TIMEOUT_MS="1000")
    assert worker.process.wait(30) == 1
    last = worker.log.read_text().splitlines()[-1]
    assert "LINK_STATUS_SESSION_TIMEOUT_MS=1000" in last
    assert "group.min.session.timeout.ms" in last


def test_a_worker_refuses_topics_that_are_not_co_partitioned(cluster: Cluster) -> None:
    admin = AdminClient({"bootstrap.servers": cluster.bootstrap})
    for future in admin.create_partitions([NewPartitions(f"{cluster.prefix}moderation", 9)]).values():
        future.result()
    environment = cluster.environment("refused")
    wait_for(lambda: admin.list_topics().topics[f"{cluster.prefix}moderation"].partitions.get(8), "no ninth")
    refused = subprocess.run([*CLI, "worker"], env=environment, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1
    assert f"topic {cluster.prefix}moderation: partitions is 9" in refused.stderr


def _tasks(answer: tuple[int, bytes]) -> int:
    return _metric(answer, b"link_status_tasks ")


def _metric(answer: tuple[int, bytes], name: bytes) -> int:
    return sum(
        int(float(line.rsplit(b" ", 1)[1])) for line in answer[1].splitlines() if line.startswith(name)
    )
