"""Faust's assignor, which co-partitions, for members that may be static and topics that may grow."""

import logging
from collections.abc import Mapping
from math import inf
from typing import TYPE_CHECKING, Any, cast

from aiokafka.cluster import ClusterMetadata
from faust.assignor.partition_assignor import PartitionAssignor

if TYPE_CHECKING:
    from streams.runtime.app import BatchApp

log = logging.getLogger(__name__)


class Assignor(PartitionAssignor):
    """Lets a static member come back under another address than the one it left from.

    The group gives it its old assignment then (KIP-345), with the old address, which Faust asserts to be its
    own.

    A topic that gets more partitions while workers run stays co-partitioned with the others: Faust would give
    its partitions to other workers than theirs, and open tasks that have no changelog.
    """

    def assign(self, cluster: ClusterMetadata, member_metadata: Any) -> Any:
        """The parts of all members."""
        known = KnownPartitions(cluster, cast("BatchApp", self.app).partition_counts)
        return super().assign(cast(ClusterMetadata, known), member_metadata)

    def on_assignment(self, assignment: Any) -> None:
        """Take this member's part."""
        try:
            super().on_assignment(assignment)
        except AssertionError as error:
            if error.args:
                raise
            log.warning("the other workers know this one by its former address until the next rebalance")


class KnownPartitions:
    """Of the topics of a cluster the partitions that there were when this worker started: `counts` by topic,
    all of one that is not among these.
    """

    def __init__(self, cluster: ClusterMetadata, counts: Mapping[str, int]) -> None:
        self._cluster = cluster
        self._counts = counts

    def partitions_for_topic(self, topic: str) -> set[int]:
        """The numbers of a topic's partitions."""
        found: set[int] = self._cluster.partitions_for_topic(topic) or set()
        known = {partition for partition in found if partition < self._counts.get(topic, inf)}
        if known != found:
            told = topic, len(found), len(known)
            log.error("topic %s has %d partitions now, and had %d: nobody reads the new ones", *told)
        return known
