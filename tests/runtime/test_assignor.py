"""Who gets which partitions."""

from itertools import chain
from pathlib import Path
from typing import cast

import pytest
from aiokafka.cluster import ClusterMetadata

from streams.runtime.assignor import KnownPartitions
from tests.runtime.apps import unstarted

COUNTS = {"links": 4, "moderation": 4}


class Cluster:
    """Topics and how many partitions each has."""

    def __init__(self, **counts: int) -> None:
        self._counts = counts

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return set(range(self._counts[topic])) if topic in self._counts else None


def assigned(directory: Path, cluster: Cluster) -> list[dict[str, list[int]]]:
    """The partitions of each of two members, by topic."""
    assignors = [unstarted(directory, COUNTS, f"http://{name}").assignor for name in ("a", "b")]
    metadata = {str(number): each.metadata(set(COUNTS)) for number, each in enumerate(assignors)}
    parts = assignors[0].assign(cluster, metadata).values()
    return [{topic: sorted(partitions) for topic, partitions in part.assignment} for part in parts]


@pytest.mark.parametrize("many", [4, 5, 9])
def test_a_topic_that_gets_more_partitions_stays_with_the_others(
    tmp_path: Path, many: int, caplog: pytest.LogCaptureFixture
) -> None:
    parts = assigned(tmp_path, Cluster(links=4, moderation=many))
    assert all(part["links"] == part["moderation"] for part in parts)
    assert sorted(chain(*(part["links"] for part in parts))) == [0, 1, 2, 3]
    told = f"topic moderation has {many} partitions now, and had 4: nobody reads the new ones"
    assert caplog.messages == ([told] if many > 4 else [])


def test_a_topic_that_is_away_and_one_of_another_release() -> None:
    known = KnownPartitions(cast(ClusterMetadata, Cluster(newer=2)), COUNTS)
    assert known.partitions_for_topic("links") == set()
    assert known.partitions_for_topic("newer") == {0, 1}
