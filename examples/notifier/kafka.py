"""The little that reading needs of aiokafka: no group, positions by hand, only what is committed."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code

Brokers = Mapping[str, Any]
"""The arguments of every client: where the brokers are, and who we are to them."""

Positions = dict[TopicPartition, int]
"""The offset of the next record, by partition."""


@asynccontextmanager
async def consumer(brokers: Brokers, isolation: str = "read_committed") -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer, started. It never begins anywhere by itself: an offset that is gone is an error."""
    reader = AIOKafkaConsumer(
        **brokers,
        isolation_level=isolation,
        enable_auto_commit=False,
        auto_offset_reset="none",
        metadata_max_age_ms=60_000,  # new partitions are found within a minute
    )
    try:
        await reader.start()
        yield reader
    finally:
        await reader.stop()


async def partitions(brokers: Brokers, topic: str) -> list[TopicPartition]:
    """All partitions of a topic; raises KafkaError where there is none."""
    admin = AIOKafkaAdminClient(**brokers)
    try:
        await admin.start()
        [found] = await admin.describe_topics([topic])
    finally:
        await admin.close()
    if found["error_code"]:
        raise for_code(found["error_code"])(topic)
    if not found["partitions"]:
        raise KafkaError(f"topic {topic} has no partitions")
    return [TopicPartition(topic, each["partition"]) for each in found["partitions"]]


async def end_offsets(brokers: Brokers, topic: str, isolation: str) -> Positions:
    """Read committed: the last stable offsets, before any open transaction. Else the high watermarks."""
    async with consumer(brokers, isolation) as reader:
        assigned = await partitions(brokers, topic)
        reader.assign(assigned)
        ends: Positions = await reader.end_offsets(assigned)
        return ends


async def current(reader: AIOKafkaConsumer) -> Positions:
    """Where a consumer is; positions also move over transaction markers, which are never handed out."""
    return {each: await reader.position(each) for each in reader.assignment()}


def assign(reader: AIOKafkaConsumer, positions: Mapping[TopicPartition, int]) -> None:
    """Read these partitions from these offsets on, and no others."""
    reader.assign(list(positions))
    for partition, position in positions.items():
        reader.seek(partition, position)


async def behind(reader: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    """Whether a partition is not yet read to its end."""
    now_at = await current(reader)
    return any(now_at[each] < end for each, end in ends.items())
