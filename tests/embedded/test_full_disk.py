"""A worker that cannot write its state says so and ends, so that whoever watches it sees it."""

import resource
import sys
import time
from pathlib import Path

import pytest

from demo.brokers.embedded import Embedded
from tests.kafka.cluster import Cluster
from tests.kafka.load import load

# A process that crashed must not be kept by what waits: stopping alone may take 9 s.
ENDS_WITHIN_S = 15.0
ROOM_BYTES = 200_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process")
def test_a_full_disk_ends_the_worker(embedded: Embedded, prefix: str, tmp_path: Path) -> None:
    with Cluster(embedded.bootstrap, prefix, tmp_path) as cluster:
        worker = cluster.worker().until_ready()
        _, most = resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (ROOM_BYTES, most))
        cluster.produce(load(20_000))
        started = time.monotonic()
        assert worker.process.wait(60) == 1
        assert time.monotonic() - started < ENDS_WITHIN_S
        *_, last = worker.log.read_text().splitlines()
        assert "ERROR crashed: IO error" in last
        assert "File too large" in last
