"""From records to events: what cannot be read is dead-lettered, what belongs elsewhere is rerouted."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from msgspec import Struct

from schemas.base import Event
from schemas.decode import InvalidEvent
from schemas.read import read
from schemas.registry import TOPICS
from streams import cloudevents, origin
from streams.dead_letters import TOO_LARGE, dead_letter
from streams.domain.facts import Fact
from streams.origin import NotRerouted, Origin, Source
from streams.runtime.partitioner import partition_for
from streams.runtime.records import Batch, Outgoing, Record
from streams.wire_format import FRAME_BYTES, MAGIC

Reads = Callable[[str, bytes | None], Event]


class Arrival(Struct, frozen=True, gc=False):
    """An event, and the record that carried it."""

    event: Any
    topic: str
    partition: int
    record: Record
    rerouted: bool

    @property
    def source(self) -> Source:
        """Where the source record stands."""
        if self.rerouted:
            return self.origin().source
        return Source(self.topic, self.partition, self.record.offset)

    @property
    def fact(self) -> Fact:
        """The event of a source record as a fact."""
        event = self.event
        partition, offset = self.partition, self.record.offset
        if self.rerouted:
            _, partition, offset = self.source
        return Fact(event.occurred_at, event.event_id, event.type, partition, offset)

    def origin(self) -> Origin:
        """The source record, as it came."""
        if self.rerouted:
            return origin.restored(self.record)
        return origin.of(self.topic, self.partition, self.record)


Keyed = tuple[bytes, Arrival]
"""An arrival with the key of what it is about."""

Follow = Callable[[list[Keyed], list[Outgoing]], Iterable[Keyed]]
"""Hands on arrivals one by one to a step that folds them into the list of its outputs, and so sees what comes
of which.
"""


def unfollowed(keyed: list[Keyed], out: list[Outgoing]) -> Iterable[Keyed]:
    """Nobody wants to see."""
    return keyed


class Routes(NamedTuple):
    """Topics of a step (full name to schema name), and where its refused records go (full names)."""

    inputs: Mapping[str, str]
    internal: frozenset[str]
    repartition: str
    dead_letters: str
    max_record_bytes: int


class Intake:
    """Reads the batches of one partition out of `partitions`."""

    def __init__(self, routes: Routes, partition: int, partitions: int) -> None:
        self._routes = routes
        self._partition = partition
        self._partitions = partitions
        self.taken: Counter[tuple[str, str]] = Counter()
        """Events that belong here, by full topic name and type, until who counts them clears it."""
        self._only = {topic: (topic, kind) for topic, kind in _only_types(routes.inputs)}

    def read(self, batch: Batch, now: int, refused: list[Outgoing]) -> list[Arrival]:
        """The events of `batch` that belong here; dead letters and rerouted records go to `refused`."""
        found: dict[str, list[Arrival]] = {}
        for topic, records in batch.records.items():
            if topic == self._routes.repartition:
                found[topic] = list(self._read_rerouted(records, now, refused))
            else:
                found[topic] = list(self._read_input(topic, records, now, refused))
        self._count(found)
        return list(chain.from_iterable(found.values()))

    def _count(self, found: Mapping[str, Sequence[Arrival]]) -> None:
        for topic, arrivals in found.items():
            only = self._only.get(topic)
            if only is not None:
                self.taken[only] += len(arrivals)
            else:
                for arrival in arrivals:
                    self.taken[topic, arrival.event.type] += 1

    def _read_input(
        self, topic: str, records: Sequence[Record], now: int, refused: list[Outgoing]
    ) -> Iterator[Arrival]:
        schema = self._routes.inputs[topic]
        key_field = TOPICS[schema].key
        own = topic in self._routes.internal
        partition, partitions, limit = self._partition, self._partitions, self._routes.max_record_bytes
        for record in records:
            try:
                event = read_event(schema, record, limit)
            except InvalidEvent as error:
                refused.append(self._refuse(origin.of(topic, partition, record), error, now))
                continue
            key = getattr(event, key_field).encode()
            if own or partition_for(key, partitions) == partition:
                yield Arrival(event, topic, partition, record, False)
            else:
                source = origin.of(topic, partition, record)
                refused.append(origin.reroute(source, self._routes.repartition, key))

    def _read_rerouted(
        self, records: Sequence[Record], now: int, refused: list[Outgoing]
    ) -> Iterator[Arrival]:
        for record in records:
            try:
                source = origin.restored(record)
                schema = self._routes.inputs[source.source.topic]
                event = read_event(schema, record, self._routes.max_record_bytes)
            except (NotRerouted, KeyError) as error:
                found = origin.of(self._routes.repartition, self._partition, record)
                refused.append(self._refuse(found, InvalidEvent("invalid_event", str(error)), now))
            except InvalidEvent as error:
                refused.append(self._refuse(source, error, now))
            else:
                yield Arrival(event, self._routes.repartition, self._partition, record, True)

    def _refuse(self, refused: Origin, error: InvalidEvent, now: int) -> Outgoing:
        return dead_letter(self._routes.dead_letters, refused, error.code, error.message, now)


def _only_types(inputs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The topics that have one type of events, and that type."""
    for topic, schema in inputs.items():
        types = list(TOPICS[schema].types)
        if len(types) == 1:
            yield topic, types[0]


class TooLarge(InvalidEvent):
    """A value above the limit; it is not even parsed."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__("invalid_event", f"the value has {size} bytes, more than {limit}")
        self.code = TOO_LARGE  # type: ignore[assignment]


def read_event(schema: str, record: Record, limit: int, reads: Reads = read) -> Event:
    """The event of a record, out of what it is wrapped in. Raises InvalidEvent; above `limit` bytes, too.

    `reads` makes an event of a topic's schema name and a value.
    """
    value = record.value
    if value:
        if len(value) > limit:
            raise TooLarge(len(value), limit)
        if value[0] == MAGIC:
            value = value[FRAME_BYTES:]
    try:
        return reads(schema, value)
    except InvalidEvent as error:
        # No CloudEvent reads as one of our events, so nobody else pays for looking at headers.
        if value is None or error.code == "invalid_json" or not cloudevents.is_structured(record.headers):
            raise
    return reads(schema, cloudevents.data(value))
