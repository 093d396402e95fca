"""Sending dead letters back to where they came from, as they came, and counting how often."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from streams.letters import Found
from streams.origin import Origin
from streams.runtime.cancelling import every
from streams.runtime.connection import Connection
from streams.runtime.records import Outgoing

ATTEMPTS = "__streams.redrive.attempts"
"""Header of a redriven record: which attempt it is, as decimal digits."""


class Outcome(NamedTuple):
    """What is or was done with one letter: where it goes, or why it is left."""

    found: Found
    attempt: int
    left: str | None = None

    offset: int | None = None
    """Where the record stands now; None if it was not sent."""


def attempts(original: Origin) -> int:
    """How often a record was redriven before."""
    counted = [value for name, value in original.headers if name == ATTEMPTS]
    last = counted[-1] if counted else None
    return int(last) if last is not None and last.isdigit() else 0


def plan(found: Found, partitions: Mapping[str, int], max_attempts: int) -> Outcome:
    """What is to be done with a letter. `partitions`: how many each input topic (full name) has."""
    source, before = found.letter.original.source, attempts(found.letter.original)
    left = None
    if before >= max_attempts:
        left = f"redriven {before} times before"
    elif source.partition >= partitions.get(source.topic, 0):
        left = f"{source.topic}-{source.partition} is no input of link status"
    return Outcome(found, before + 1, left)


def record(original: Origin, attempt: int) -> Outgoing:
    """The original as it came, for its own partition, with `attempt` in its header."""
    own = [header for header in original.headers if header[0] != ATTEMPTS]
    headers = [*own, (ATTEMPTS, b"%d" % attempt)]
    return Outgoing(original.source.topic, original.key, original.value, headers, original.source.partition)


def new_producer(connection: Connection) -> AIOKafkaProducer:
    """A producer that repeats nothing by itself (unstarted)."""
    return AIOKafkaProducer(
        **connection.arguments,
        enable_idempotence=True,
        compression_type="zstd",
        request_timeout_ms=30_000,
    )


async def send(
    producer: AIOKafkaProducer, planned: Sequence[Outcome], tell: Callable[[Outcome], None]
) -> None:
    """Send those that are not left: partitions side by side, the records of each in their order.

    Each record is a batch of its own, so that one that the broker refuses takes no other with it. `tell` is
    told of each when it is done, so that whoever stops this knows what was.
    """
    lanes: dict[tuple[str, int], list[Outcome]] = defaultdict(list)
    for outcome in planned:
        source = outcome.found.letter.original.source
        lanes[source.topic, source.partition].append(outcome)
    await every(_in_order(producer, lane, tell) for lane in lanes.values())


async def _in_order(
    producer: AIOKafkaProducer, lane: Sequence[Outcome], tell: Callable[[Outcome], None]
) -> None:
    for outcome in lane:
        tell(await _send(producer, outcome) if outcome.left is None else outcome)


async def _send(producer: AIOKafkaProducer, outcome: Outcome) -> Outcome:
    sending = record(outcome.found.letter.original, outcome.attempt)
    batch = producer.create_batch()
    # Not producer.send(): that takes no record without key and value.
    batch.append(key=sending.key, value=sending.value, timestamp=None, headers=sending.headers or [])
    try:
        sent = await (await producer.send_batch(batch, sending.topic, partition=sending.partition))
    except KafkaError as error:
        return outcome._replace(left=f"refused by the broker: {error}")
    return outcome._replace(offset=sent.offset)
