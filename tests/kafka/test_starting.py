"""A broker that goes away after a worker has looked at its topics, and before it has joined its group."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.brokers.kafka import RealKafka
from tests.conftest import own_kafka
from tests.kafka import held_worker
from tests.kafka.cluster import Cluster, Worker, wait_for
from tests.kafka.load import comparable, expected, load

HELD = (sys.executable, "-m", held_worker.__name__)
EVENTS = load(200)


@pytest.fixture
def own() -> Iterator[RealKafka]:
    with own_kafka() as broker:
        yield broker


@pytest.fixture
def cluster(own: RealKafka, prefix: str, tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(own.bootstrap, prefix, tmp_path, GO=str(tmp_path / "go")) as deployment:
        yield deployment


def started(cluster: Cluster) -> Worker:
    worker = cluster.worker(command=HELD)
    wait_for(lambda: "started" in worker.log.read_text(), "it does not start")
    return worker


def let_go(cluster: Cluster) -> None:
    (cluster.directory / "go").touch()


def test_one_that_hangs_keeps_no_worker_from_stopping(own: RealKafka, cluster: Cluster) -> None:
    worker = started(cluster)
    own.pause()
    let_go(cluster)
    time.sleep(1)
    assert worker.stop() < 10
    assert "Traceback" not in worker.log.read_text()
    own.resume()


def test_one_that_ends_is_waited_for(own: RealKafka, cluster: Cluster) -> None:
    cluster.produce(EVENTS)
    worker = started(cluster)
    own.kill()
    let_go(cluster)
    wait_for(lambda: worker.log.read_text().count("no broker answers") > 1, "it is not tried again")
    assert worker.get("/livez")[0] == 200
    own.start()
    worker.until_ready()
    cluster.settle()
    assert comparable(cluster.statuses()) == expected(EVENTS)
    assert worker.stop() < 10


def test_nor_does_one_that_ends_keep_a_worker_from_stopping(own: RealKafka, cluster: Cluster) -> None:
    worker = started(cluster)
    own.kill()
    let_go(cluster)
    wait_for(lambda: "no broker answers" in worker.log.read_text(), "it does not say so")
    assert worker.stop() < 10
