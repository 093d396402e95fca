"""A worker on the embedded broker."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from demo.brokers.embedded import Embedded
from tests.embedded import failing_worker
from tests.kafka.cluster import CLI, Cluster
from tests.kafka.load import comparable, expected, load


def test_at_least_once_unless_asked_otherwise(embedded: Embedded, prefix: str, tmp_path: Path) -> None:
    events = load(500)
    with Cluster(embedded.bootstrap, prefix, tmp_path) as cluster:
        cluster.produce(events)
        worker = cluster.worker().until_ready()
        assert "processing at least once" in worker.log.read_text()
        cluster.settle()
        assert comparable(cluster.statuses()) == expected(events)


def test_no_exactly_once_where_the_broker_cannot(embedded: Embedded, tmp_path: Path) -> None:
    settings = {
        "LINK_STATUS_BOOTSTRAP_SERVERS": embedded.bootstrap,
        "LINK_STATUS_DATA_DIR": str(tmp_path),
        "LINK_STATUS_PROCESSING_GUARANTEE": "exactly_once",
    }
    environment = {**os.environ, **settings}
    subprocess.run([*CLI, "topics", "apply"], env=environment, check=True, capture_output=True, timeout=60)
    refused = subprocess.run([*CLI, "worker"], env=environment, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2
    assert "LINK_STATUS_PROCESSING_GUARANTEE=exactly_once" in refused.stderr


def test_sigterm_before_ready(embedded: Embedded, prefix: str, tmp_path: Path) -> None:
    with Cluster(embedded.bootstrap, prefix, tmp_path) as cluster:
        worker = cluster.worker()
        while worker.get("/livez")[0] != 200:
            assert worker.process.poll() is None, worker.log.read_text()
        assert worker.stop() < 10


@pytest.mark.parametrize("what", ["absence", "garbage", "lag"])
def test_what_fails_beside_the_app_ends_it(
    what: str, embedded: Embedded, prefix: str, tmp_path: Path
) -> None:
    with Cluster(embedded.bootstrap, prefix, tmp_path) as cluster:
        worker = cluster.worker(command=(sys.executable, "-m", failing_worker.__name__), WHAT=what)
        assert worker.process.wait(20) == 1
        assert worker.log.read_text().splitlines()[-1].endswith("ERROR crashed: a fault of ours")
