"""An input topic that is deleted under a running worker, and made again."""

from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic  # type: ignore[attr-defined]

from demo.brokers.kafka import RealKafka
from tests.kafka.cluster import Cluster, wait_for
from tests.kafka.refusing import Breakable
from tests.support.events import decided, posted

POSTED = [("video-links", "c1", posted("v1", "p1", creator="c1"))]
REJECTED = [("seller-decisions", "c1", decided("p1", "rejected", creator="c1"))]
FEWER, MORE = 4, 12


@pytest.fixture
def cluster(kafka: RealKafka, prefix: str, tmp_path: Path) -> Cluster:
    return Cluster(kafka.bootstrap, prefix, tmp_path)


def test_it_is_told_and_read_as_soon_as_it_is_back(cluster: Cluster) -> None:
    with cluster:
        worker = cluster.worker().until_ready()
        decisions = f"{cluster.prefix}seller-decisions"
        Breakable(cluster.bootstrap, decisions).delete()
        wait_for(lambda: worker.get("/readyz")[0] == 503, "it says that it is ready")
        wait_for(lambda: decisions.encode() in worker.get("/readyz")[1], "it does not say what is missing")
        assert worker.get("/livez")[0] == 200
        cluster.produce(POSTED)
        wait_for(lambda: len(cluster.changes().get("v1", ())) == 1, "the others do not go on")

        cluster.create_topics()
        worker.until_ready()
        cluster.produce(REJECTED)
        wait_for(lambda: len(cluster.changes()["v1"]) == 2, "it is not read")
        assert worker.stop() < 10


def test_with_fewer_partitions_than_the_others_of_its_step_it_ends_the_worker(cluster: Cluster) -> None:
    with cluster:
        worker = cluster.worker().until_ready()
        decisions = f"{cluster.prefix}seller-decisions"
        Breakable(cluster.bootstrap, decisions).delete()
        wait_for(lambda: decisions.encode() in worker.get("/readyz")[1], "it does not say what is missing")
        admin = AdminClient({"bootstrap.servers": cluster.bootstrap})
        admin.create_topics([NewTopic(decisions, FEWER, 1)])[decisions].result()
        assert worker.process.wait(60) == 1
        assert f"topic {decisions} has 4 partitions by now, and had 8" in worker.log.read_text()


def test_one_that_grows_stops_no_worker(cluster: Cluster) -> None:
    with cluster:
        workers = [cluster.worker(name).until_ready() for name in "ab"]
        decisions = f"{cluster.prefix}seller-decisions"
        admin = AdminClient({"bootstrap.servers": cluster.bootstrap})
        admin.create_partitions([NewPartitions(decisions, MORE)])[decisions].result()
        told = f"topic {decisions} has 12 partitions now, and had 8: nobody reads the new ones"
        left, stayed = workers
        left.stop()
        wait_for(
            lambda: stayed.get("/readyz")[0] == 503 and told.encode() in stayed.get("/readyz")[1], "untold"
        )
        assert stayed.get("/livez")[0] == 200
        assert stayed.metric("link_status_missing_topics") == 1
        cluster.produce(POSTED)
        wait_for(lambda: len(cluster.changes().get("v1", ())) == 1, "the others do not go on")
        assert stayed.stop() < 10
