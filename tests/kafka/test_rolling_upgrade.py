"""Two workers, replaced one after the other under load (docs/upgrading.md)."""

from pathlib import Path

import pytest

from demo.brokers.kafka import RealKafka
from schemas.timestamps import to_millis
from tests.kafka.cluster import Cluster, Worker, wait_for
from tests.kafka.load import check_chains, comparable, expected, load
from tests.kafka.rolling import Readiness, Traffic

# A worker that is stopped leaves its group: nobody waits for its session to end.
TAKEOVER_S = 3.0
SESSION_S = 10.0
POSTED = 600


@pytest.mark.parametrize("static", [False, True], ids=["others take over", "each keeps its partitions"])
def test_it_loses_nothing_and_repeats_nothing(
    static: bool, kafka: RealKafka, prefix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Cluster(kafka.bootstrap, prefix, tmp_path) as cluster:
        events = load(10 * POSTED)
        cluster.produce(events[:POSTED])
        workers = {name: start(cluster, name, static) for name in "ab"}
        until_shared(workers)
        with Traffic(cluster, events[POSTED:], rate=100) as traffic, Readiness(workers) as readiness:
            for name in workers:
                workers[name].stop()
                workers[name] = start(cluster, name, static)
            until_shared(workers)
        cluster.settle()
        sent = [*events[:POSTED], *traffic.sent]
        assert comparable(cluster.statuses()) == expected(sent)
        check_chains(cluster.changes())
        assert readiness.longest_gap_s < TAKEOVER_S
        slowest = longest_wait_s(cluster, traffic)
        # Static members are waited for instead, as long as it takes them to start.
        assert static or slowest < SESSION_S
    with capsys.disabled():
        print(f"\nnobody ready for {readiness.longest_gap_s:.1f} s, slowest change after {slowest:.1f} s")


def start(cluster: Cluster, name: str, static: bool) -> Worker:
    """Start the worker of that name, new or in place of the one before."""
    settings = {"LINK_STATUS_GROUP_INSTANCE_ID": name} if static else {}
    return cluster.worker(name, **settings).until_ready()


def until_shared(workers: dict[str, Worker]) -> None:
    """Wait until each has half of the partitions."""
    wait_for(
        lambda: [worker.metric("link_status_tasks") for worker in workers.values()] == [8, 8], "not shared"
    )


def longest_wait_s(cluster: Cluster, traffic: Traffic) -> float:
    """The longest time from a fact of the load to a change that it caused."""
    return max(
        to_millis(change["processed_at"]) / 1000 - traffic.sent_at[change["cause"]["event_id"]]
        for changes in cluster.changes().values()
        for change in changes
        if change["cause"]["event_id"] in traffic.sent_at
    )
