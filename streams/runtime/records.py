"""Records as they travel through a step."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from aiokafka.structs import TopicPartition

Headers = Sequence[tuple[str, bytes | None]]

_NONE: list[tuple[str, bytes | None]] = []


class Record(Protocol):
    """A fetched record, as aiokafka hands it out. `timestamp` is in epoch milliseconds."""

    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


class Outgoing(NamedTuple):
    """A record to send. Without a `partition` it goes where murmur2 of its key belongs."""

    topic: str
    key: bytes | None
    value: bytes | None
    # aiokafka's record batch builder takes nothing but a list
    headers: list[tuple[str, bytes | None]] = _NONE
    partition: int | None = None


class Batch(NamedTuple):
    """What was fetched at once for one step on one partition: records by (full) topic name, each in offset
    order.
    """

    step: str
    partition: int
    generation: int
    records: Mapping[str, Sequence[Record]]

    def positions(self) -> dict[TopicPartition, int]:
        """The offsets to go on from when this batch is done."""
        return {
            TopicPartition(topic, self.partition): records[-1].offset + 1
            for topic, records in self.records.items()
        }

    def __len__(self) -> int:
        return sum(map(len, self.records.values()))


Write = tuple[bytes, bytes | None]
"""A change of a table: key and encoded value, or None for a tombstone."""


class Effects(NamedTuple):
    """All that one batch does, to be made durable together."""

    outputs: Sequence[Outgoing]
    changelog: Mapping[str, Sequence[Write]]
    offsets: Mapping[TopicPartition, int]
