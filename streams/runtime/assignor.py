"""Faust's assignor, which co-partitions, for members that may be static."""

import logging
from typing import Any

from faust.assignor.partition_assignor import PartitionAssignor

log = logging.getLogger(__name__)


class Assignor(PartitionAssignor):
    """Lets a static member come back under another address than the one it left from.

    The group gives it its old assignment then (KIP-345), with the old address, which Faust asserts to be its
    own.
    """

    def on_assignment(self, assignment: Any) -> None:
        """Take this member's part."""
        try:
            super().on_assignment(assignment)
        except AssertionError as error:
            if error.args:
                raise
            log.warning("the other workers know this one by its former address until the next rebalance")
