"""A worker that was paused past its session and goes on: it must not write what another one already does."""

import signal
import time
from pathlib import Path

from demo.brokers.kafka import RealKafka
from tests.kafka.cluster import Cluster, Worker, wait_for
from tests.kafka.load import check_chains, comparable, expected, load

SESSION_S = 6


def test_a_zombie_is_fenced(kafka: RealKafka, prefix: str, tmp_path: Path) -> None:
    events = load(8000)
    settings = {
        "LINK_STATUS_SESSION_TIMEOUT_MS": str(SESSION_S * 1000),
        "LINK_STATUS_BATCH_MAX_RECORDS": "100",
    }
    with Cluster(kafka.bootstrap, prefix, tmp_path, **settings) as cluster:
        cluster.produce(events[:6000])
        zombie = cluster.worker("zombie")
        wait_for(lambda: zombie.get("/metrics")[1].count(b"records_in_total{") > 3, "nothing is read")
        zombie.process.send_signal(signal.SIGSTOP)
        heir = cluster.worker("heir").until_ready()
        paused = time.monotonic()
        cluster.settle()
        wait_for(lambda: time.monotonic() - paused > SESSION_S, "never")
        zombie.process.send_signal(signal.SIGCONT)
        wait_for(lambda: _tasks(zombie) == _tasks(heir) == 8, "the zombie does not join again")
        cluster.produce(events[6000:])
        cluster.settle()
        assert comparable(cluster.statuses()) == expected(events)
        check_chains(cluster.changes())
        zombie.stop()
        heir.stop()


def _tasks(worker: Worker) -> int:
    lines = worker.get("/metrics")[1].splitlines()
    found = [line for line in lines if line.startswith(b"link_status_tasks ")]
    return int(float(found[0].split()[1])) if found else 0
