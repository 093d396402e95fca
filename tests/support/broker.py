"""Kafka as far as a topology sees it: topics with partitions, records with offsets."""

from collections import defaultdict
from typing import NamedTuple

from streams.runtime.partitioner import partition_for
from streams.runtime.records import Headers, Outgoing


class Stored(NamedTuple):
    """A record in the log; a `streams.runtime.records.Record`."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp: int = 0


class Broker:
    """Every topic has as many partitions as the others."""

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions
        self.sent: list[Outgoing] = []
        self._logs: dict[tuple[str, int], list[Stored]] = defaultdict(list)

    def send(self, record: Outgoing) -> Stored:
        """Append a record where it says, or where murmur2 of its key belongs."""
        self.sent.append(record)
        partition = record.partition
        if partition is None:
            partition = partition_for(record.key or b"", self.partitions)
        log = self.log(record.topic, partition)
        log.append(Stored(partition, len(log), record.key, record.value, list(record.headers)))
        return log[-1]

    def log(self, topic: str, partition: int) -> list[Stored]:
        """One partition, from its beginning."""
        return self._logs[topic, partition]

    def all(self, topic: str) -> list[Stored]:
        """Every record of a topic, one partition after the other."""
        return [record for number in range(self.partitions) for record in self.log(topic, number)]
