"""Finding dead letters in their topic, by what operators ask for."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from streams import reading
from streams.dead_letters import Letter, letter


class Place(NamedTuple):
    """Where a dead letter stands in its own topic: how operators name it."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}-{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """The reverse of `str`. Raises ValueError."""
        partition, _, offset = text.partition("-")
        if not (partition.isdecimal() and offset.isdecimal()):
            raise ValueError(f"{text!r} is no place of a dead letter, such as 3-120 (partition and offset)")
        return cls(int(partition), int(offset))


class Found(NamedTuple):
    """A dead letter that was read back. `timestamp` (epoch milliseconds): when it became one."""

    place: Place
    timestamp: int
    letter: Letter


class Wanted(NamedTuple):
    """Which letters are asked for; an empty set is any. Topics are full names, times epoch milliseconds."""

    places: frozenset[Place] = frozenset()
    codes: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    since: int | None = None
    until: int | None = None

    def takes(self, found: Found) -> bool:
        """Whether a letter is among them."""
        return (
            (not self.places or found.place in self.places)
            and (not self.codes or found.letter.code in self.codes)
            and (not self.topics or found.letter.original.source.topic in self.topics)
            and (self.since is None or found.timestamp >= self.since)
            and (self.until is None or found.timestamp < self.until)
        )


async def spans(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], wanted: Wanted, by_time: bool
) -> list[reading.Span]:
    """What stands in the partitions now, and may be wanted; `by_time`: whether brokers find offsets by it."""
    there = await reading.spans(consumer, partitions, wanted.since if by_time else None)
    return [(tp, _around(wanted.places, tp.partition, span)) for tp, span in there]


def _around(places: Iterable[Place], partition: int, span: range) -> range:
    """As much of `span` as holds the places in it; all of it where no places are asked for."""
    if not places:
        return span
    offsets = [place.offset for place in places if place.partition == partition and place.offset in span]
    return range(min(offsets), max(offsets) + 1) if offsets else range(0)


async def find(
    consumer: AIOKafkaConsumer,
    spans: Sequence[reading.Span],
    wanted: Wanted,
    step: Callable[[int], None] = reading.ignore,
) -> AsyncIterator[Found]:
    """The letters in `spans` that are wanted; what others put into the topic is passed over.

    `step` is told how many offsets were passed.
    """
    async for (_, partition), records in reading.read(consumer, spans, step):
        for record in records:
            read = letter(record)
            if read is not None:
                found = Found(Place(partition, record.offset), record.timestamp, read)
                if wanted.takes(found):
                    yield found
