"""A worker that is stopped while it joins its group."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from demo.brokers.kafka import RealKafka
from tests.kafka.cluster import Cluster, wait_for

SESSION = {"LINK_STATUS_SESSION_TIMEOUT_MS": "30000"}


@pytest.fixture
def cluster(kafka: RealKafka, prefix: str, tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(kafka.bootstrap, prefix, tmp_path, **SESSION) as deployment:
        yield deployment


def members(admin: AdminClient, cluster: Cluster) -> int:
    group = f"{cluster.prefix}link-status"
    return len(admin.describe_consumer_groups([group])[group].result().members)


def test_a_worker_that_is_stopped_while_it_joins_leaves(cluster: Cluster) -> None:
    admin = AdminClient({"bootstrap.servers": cluster.bootstrap, "log_level": 0})
    first = cluster.worker("a").until_ready()
    first.process.send_signal(
        signal.SIGSTOP
    )  # so that the group waits for it, and the other one for the group
    second = cluster.worker("b")
    wait_for(lambda: members(admin, cluster) == 2, "it does not join")
    assert second.stop() < 5
    assert members(admin, cluster) == 1
    assert "ERROR" not in second.log.read_text()
    first.process.send_signal(signal.SIGCONT)
    assert first.stop() < 10
