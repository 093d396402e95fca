"""Reading topics from here to there, as operators' commands do: no group, committed records only."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from math import inf

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from streams import admin, authorization, refusals
from streams.runtime.cancelling import cancelled
from streams.runtime.connection import Connection
from streams.runtime.records import Record

_POLL_MS = 200
_CHUNK_RECORDS = 2_000
_FETCH_BYTES = 1 << 20

Span = tuple[TopicPartition, range]
"""A partition, and the offsets in it to read."""


class NoTopic(Exception):
    """A topic that is to be read is not there. Its text names it."""


def new_reader(connection: Connection) -> AIOKafkaConsumer:
    """A consumer without a group (unstarted)."""
    return AIOKafkaConsumer(
        **connection.arguments,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_partition_fetch_bytes=_FETCH_BYTES,
        # librdkafka's mock answers a fetch only after this time, real brokers when there is a record.
        fetch_max_wait_ms=100,
    )


@contextlib.asynccontextmanager
async def reader(connection: Connection) -> AsyncIterator[AIOKafkaConsumer]:
    """The same, at work. Raises KafkaError when there is no broker, NotLetIn when it refuses us."""
    consumer = new_reader(connection)
    try:
        await refusals.start(consumer, connection)
        yield consumer
    finally:
        try:
            await consumer.stop()
        except asyncio.CancelledError:
            if cancelled():
                raise


async def partitions(connection: Connection, topics: Iterable[str]) -> list[TopicPartition]:
    """The partitions of the topics (full names), as soon as there is a broker. Raises NoTopic."""
    found = await counts(connection, topics)
    return [TopicPartition(name, number) for name, count in found.items() for number in range(count)]


async def counts(connection: Connection, topics: Iterable[str]) -> dict[str, int]:
    """How many partitions each topic (full name) has, as soon as there is a broker. Raises NoTopic, and
    NotAuthorized for one that is hidden from us.
    """
    names = list(topics)
    found = await admin.when_there(connection, lambda client: authorization.described(client, names))
    for name in names:
        if name not in found:
            raise NoTopic(f"topic {name}: missing (link-status topics apply)")
    return {name: found[name].partitions for name in names}


async def knows_times(connection: Connection) -> bool:
    """Whether the broker finds offsets by time; librdkafka's mock says of any time that nothing is since."""
    return not await admin.when_there(connection, admin.is_mock)


async def spans(
    consumer: AIOKafkaConsumer, places: Sequence[TopicPartition], since: int | None = None
) -> list[Span]:
    """What stands in each partition at this moment; from `since` (epoch milliseconds) on, if given."""
    starts = dict(await consumer.beginning_offsets(places))
    ends = await consumer.end_offsets(places)
    if since is not None:
        found = await consumer.offsets_for_times(dict.fromkeys(places, since))
        starts |= {tp: ends[tp] if first is None else first.offset for tp, first in found.items()}
    return [(tp, range(starts[tp], ends[tp])) for tp in places]


def size(spans: Iterable[Span]) -> int:
    """How many offsets there are to read."""
    return sum(len(span) for _, span in spans)


def ignore(_: int) -> None:
    """Nobody wants to know how far it is."""


async def read(
    consumer: AIOKafkaConsumer,
    spans: Iterable[Span],
    step: Callable[[int], None] = ignore,
    enough: float = inf,
) -> AsyncIterator[tuple[TopicPartition, Sequence[Record]]]:
    """The records in `spans` (of different partitions) in chunks, each partition's in order.

    Ends by position, for a span's last offsets may be transaction markers, which are never handed out; or
    where a partition gave `enough`. `step` is told how many offsets each chunk has passed.
    """
    left = {tp: span for tp, span in spans if span}
    if not left:
        return
    reached = {tp: span.start for tp, span in left.items()}
    found: Counter[TopicPartition] = Counter()
    consumer.assign(list(left))
    for tp, span in left.items():
        consumer.seek(tp, span.start)
    while left:
        chunks = await consumer.getmany(*left, timeout_ms=_POLL_MS, max_records=_CHUNK_RECORDS)
        for tp, records in chunks.items():
            within = [record for record in records if record.offset < left[tp].stop]
            found[tp] += len(within)
            if within:
                yield tp, within
                await asyncio.sleep(0)  # what was fetched comes without waiting: Ctrl-C would not be heard
        for tp in list(left):
            position = min(await consumer.position(tp), left[tp].stop)
            step(position - reached[tp])
            reached[tp] = position
            if position >= left[tp].stop or found[tp] >= enough:
                consumer.pause(tp)
                del left[tp]


async def follow(consumer: AIOKafkaConsumer, starts: Mapping[TopicPartition, int]) -> AsyncIterator[Record]:
    """The records from some offsets on, and those that come; never ends."""
    consumer.assign(list(starts))
    for tp, start in starts.items():
        consumer.seek(tp, start)
    while True:
        chunks = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_CHUNK_RECORDS)
        for records in chunks.values():
            for record in records:
                yield record
