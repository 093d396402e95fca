"""Probes of real workers: /livez tells one that stands still from one that has to wait."""

import json
import sys
from pathlib import Path

from demo.brokers.embedded import Embedded
from tests.embedded import hanging_worker
from tests.kafka.cluster import Cluster, wait_for
from tests.kafka.load import load

HANGING = (sys.executable, "-m", hanging_worker.__name__)


def test_a_worker_that_stands_still_does_not_live(embedded: Embedded, prefix: str, tmp_path: Path) -> None:
    with Cluster(embedded.bootstrap, prefix, tmp_path) as cluster:
        worker = cluster.worker(command=HANGING, LINK_STATUS_STALL_TIMEOUT_MS="1000").until_ready()
        assert worker.get("/livez")[0] == 200
        cluster.produce(load(50))
        wait_for(lambda: worker.get("/livez")[0] == 503, "it is not noticed")
        told = json.loads(worker.get("/livez")[1])
        assert told["ok"] is False
        assert "none was finished for" in told["reason"]
        assert prefix in told["reason"]
        assert worker.metric("link_status_live") == 0
        assert worker.metric("link_status_stalled_seconds") >= 1


def test_a_worker_without_brokers_lives_and_says_so(prefix: str, tmp_path: Path) -> None:
    with Embedded() as broker:
        cluster = Cluster(broker.bootstrap, prefix, tmp_path)
        worker = cluster.worker(LINK_STATUS_STALL_TIMEOUT_MS="1000").until_ready()
        cluster.produce(load(50))
        cluster.settle()
    with cluster:
        wait_for(lambda: b"they are waited for" in worker.get("/livez")[1], worker.get("/livez")[1].decode())
        assert worker.get("/livez")[0] == 200
        assert worker.metric("link_status_live") == 1
