"""How far the workers have come: what their group has committed of each input."""

import contextlib
from collections.abc import AsyncIterator, Iterable

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from streams import refusals
from streams.runtime import membership
from streams.runtime.connection import Connection

membership.install()


class Group:
    """A look at a consumer group's offsets, without joining it."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def committed(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset from which each partition is still to be processed; 0 where none was committed."""
        return {tp: await self._consumer.committed(tp) or 0 for tp in places}


@contextlib.asynccontextmanager
async def group(connection: Connection, name: str) -> AsyncIterator[Group]:
    """The group of that name. Nothing is subscribed to, so it does not notice."""
    consumer = AIOKafkaConsumer(**connection.arguments, group_id=name, enable_auto_commit=False)
    try:
        await refusals.start(consumer, connection)
        yield Group(consumer)
    finally:
        await consumer.stop()
