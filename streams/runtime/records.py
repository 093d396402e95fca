"""Records as they travel through a step."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil
from operator import attrgetter
from typing import Protocol

from aiokafka.structs import TopicPartition
from msgspec import Struct

Headers = Sequence[tuple[str, bytes | None]]

_TOPIC = attrgetter("topic")


class Record(Protocol):
    """A fetched record, as aiokafka parses it. `timestamp` is in epoch milliseconds."""

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


class Outgoing(Struct, frozen=True, gc=False):
    """A record to send. Without a `partition` it goes where murmur2 of its key belongs."""

    topic: str
    key: bytes | None
    value: bytes | None
    # aiokafka's builder of record batches takes nothing but a list; without headers `outbox` has one for all.
    headers: list[tuple[str, bytes | None]] | tuple[()] = ()
    partition: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What was fetched at once for one step on one partition.

    `records` by (full) topic name, each in offset order; `positions` from which to go on afterwards, which
    also leave markers and aborted records behind. One that is `unfinished` is a piece: others of it follow;
    one that `continues` comes after others of it.
    """

    step: str
    partition: int
    generation: int = 0
    records: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    positions: Mapping[TopicPartition, int] = field(default_factory=dict)
    unfinished: bool = False
    continues: bool = False

    def __len__(self) -> int:
        return sum(map(len, self.records.values()))

    def pieces(self, size: int) -> Iterable["Batch"]:
        """The batch in pieces of about `size` records, each with its share of every topic; at least one."""
        many = ceil(len(self) / size)
        if many <= 1:
            yield self
            return
        for number in range(many):
            parts = {
                topic: records[number * len(records) // many : (number + 1) * len(records) // many]
                for topic, records in self.records.items()
            }
            yield replace(
                self,
                records={topic: part for topic, part in parts.items() if part},
                positions={},
                unfinished=number < many - 1,
                continues=number > 0,
            )


Write = tuple[bytes, bytes | None]
"""A change of a table: key and encoded value, or None for a tombstone."""


@dataclass(frozen=True)
class Effects:
    """All that one batch does, to be made durable together."""

    outputs: Sequence[Outgoing]
    changelog: Mapping[str, Sequence[Write]]
    offsets: Mapping[TopicPartition, int]

    @cached_property
    def sent(self) -> Mapping[str, int]:
        """How many outputs go to each topic."""
        return Counter(map(_TOPIC, self.outputs))

    @property
    def topics(self) -> set[str]:
        """Where they are to be written."""
        return self.sent.keys() | {topic for topic, writes in self.changelog.items() if writes}
