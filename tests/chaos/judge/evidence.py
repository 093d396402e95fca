"""What the judge looks at: logs as they stand in Kafka, tables as they stand on disk."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from tests.chaos.judge.reading import Event, Refused, read
from tests.support.broker import Stored

SOURCES = ("video-links", "seller-decisions", "invite-expiries", "moderation", "inventory")
Place = tuple[str, int, int]
"""Topic (without prefix), partition, offset."""

Tables = Mapping[str, Mapping[bytes, bytes]]
"""Entries by table, of all partitions."""


class Taken(NamedTuple):
    """A source record, and what it says: an event, or the code under which it is refused."""

    place: Place
    record: Stored
    event: Event | None
    code: str | None


class Evidence:
    """One deployment, at rest.

    `records` gives the committed records of a topic named without prefix, partition by partition. `now` is
    the moment for which deadlines are judged, in epoch milliseconds.
    """

    def __init__(
        self,
        records: Callable[[str], Sequence[Stored]],
        tables: Tables | None,
        now: int,
        exactly_once: bool,
        prefix: str = "",
        limit: int = 262_144,
    ) -> None:
        self.records = records
        self.tables = tables
        self.now = now
        self.exactly_once = exactly_once
        self.prefix = prefix
        self._limit = limit

    @cached_property
    def taken(self) -> dict[Place, Taken]:
        """Every source record."""
        return {each.place: each for topic in SOURCES for each in self._read(topic)}

    @cached_property
    def events(self) -> list[Event]:
        """What the source records say, those that say anything."""
        return [each.event for each in self.taken.values() if each.event is not None]

    def _read(self, topic: str) -> Iterator[Taken]:
        for record in self.records(topic):
            place = (topic, record.partition, record.offset)
            try:
                yield Taken(place, record, read(topic, record.value, self._limit), None)
            except Refused as refused:
                yield Taken(place, record, None, refused.code)
