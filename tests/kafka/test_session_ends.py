"""Brokers that let nobody stay: a connection is closed when its session ends, and made anew."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import need_kafka
from tests.kafka import acls
from tests.kafka.cluster import Cluster
from tests.kafka.load import check_chains, comparable, expected, load
from tests.kafka.secured import SecuredKafka, by_scram

SESSION_S = 2
SESSIONS = 5
EVENTS = load(1_000)


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[SecuredKafka]:
    need_kafka()
    with SecuredKafka(tmp_path, session_ms=SESSION_S * 1000) as broker:
        yield broker


def test_a_worker_goes_on_over_the_ends_of_its_sessions(
    secured: SecuredKafka, prefix: str, tmp_path: Path
) -> None:
    with Cluster(secured.bootstrap, prefix, tmp_path) as cluster:
        acls.grant(secured.bootstrap, prefix)
        worker = cluster.worker(**by_scram(secured)).until_ready()
        each = len(EVENTS) // SESSIONS
        for begin in range(0, len(EVENTS), each):
            cluster.produce(EVENTS[begin : begin + each])
            time.sleep(SESSION_S)
        cluster.settle()
        assert comparable(cluster.statuses()) == expected(EVENTS)
        check_chains(cluster.changes())
        assert worker.get("/readyz")[0] == worker.get("/livez")[0] == 200
        assert worker.metric("link_status_rebalances_total") == 1, "it is still in its group"
        assert "closed" in worker.log.read_text(), "no session has ended"
        worker.stop()
