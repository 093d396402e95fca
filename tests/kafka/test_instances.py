"""Two workers of one name."""

from pathlib import Path

from demo.brokers.kafka import RealKafka
from tests.kafka.cluster import Cluster, wait_for

NAME = {"LINK_STATUS_GROUP_INSTANCE_ID": "link-status-0"}


def test_one_of_two_static_members_of_the_same_name_ends_and_says_why(
    kafka: RealKafka, prefix: str, tmp_path: Path
) -> None:
    with Cluster(kafka.bootstrap, prefix, tmp_path) as cluster:
        workers = [cluster.worker("a", **NAME).until_ready(), cluster.worker("b", **NAME)]
        wait_for(lambda: any(each.process.poll() is not None for each in workers), "both stay")
        ended = next(each for each in workers if each.process.poll() is not None)
        assert ended.process.poll() == 1
        last = ended.log.read_text().splitlines()[-1]
        assert "crashed:" in last and "the same LINK_STATUS_GROUP_INSTANCE_ID" in last
        next(each for each in workers if each is not ended).until_ready().stop()
