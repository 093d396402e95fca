"""A broker that goes away is waited for, and does not keep a worker from stopping."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.brokers.kafka import RealKafka
from tests.conftest import own_kafka
from tests.kafka.cluster import Cluster, wait_for
from tests.kafka.load import check_chains, comparable, expected, load

pytestmark = pytest.mark.kafka


@pytest.fixture
def broker() -> Iterator[RealKafka]:
    with own_kafka() as own:
        yield own


@pytest.mark.parametrize("guarantee", ["at_least_once", "exactly_once"])
def test_a_broker_that_goes_away(guarantee: str, broker: RealKafka, prefix: str, tmp_path: Path) -> None:
    events = load(4000)
    settings = {"LINK_STATUS_PROCESSING_GUARANTEE": guarantee, "LINK_STATUS_BATCH_MAX_RECORDS": "100"}
    with Cluster(broker.bootstrap, prefix, tmp_path, **settings) as cluster:
        cluster.produce(events[:2000])
        worker = cluster.worker()
        wait_for(lambda: b"records_in_total{" in worker.get("/metrics")[1], "nothing is read")
        broker.kill()
        broker.start()
        cluster.produce(events[2000:])
        cluster.settle()
        assert comparable(cluster.statuses()) == expected(events)
        if guarantee == "exactly_once":
            check_chains(cluster.changes())
        broker.kill()
        assert worker.stop() < 10
