"""How far the workers have come: what their group has committed of each input."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from streams import refusals
from streams.runtime import membership
from streams.runtime.connection import Connection

membership.install()

_POLL_S = 0.2
_PASSED_WITHIN_S = 15.0


def _nothing() -> None:
    """Nobody looks at something else."""


class Group:
    """A look at a consumer group's offsets, without joining it."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def committed(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset from which each partition is still to be processed; 0 where none was committed."""
        return {tp: await self._consumer.committed(tp) or 0 for tp in places}


async def passed(
    group: Group, ends: Mapping[TopicPartition, int], meanwhile: Callable[[], None] = _nothing
) -> bool:
    """Wait until the workers of `group` have processed all before `ends`; False if they do not in time.

    `meanwhile` is called again and again, and may raise.
    """
    patience = time.monotonic() + _PASSED_WITHIN_S
    while time.monotonic() < patience:
        meanwhile()
        committed = await group.committed(ends)
        if all(committed[tp] >= end for tp, end in ends.items()):
            return True
        await asyncio.sleep(_POLL_S)
    return False


@contextlib.asynccontextmanager
async def group(connection: Connection, name: str) -> AsyncIterator[Group]:
    """The group of that name. Nothing is subscribed to, so it does not notice."""
    consumer = AIOKafkaConsumer(**connection.arguments, group_id=name, enable_auto_commit=False)
    try:
        await refusals.start(consumer, connection)
        yield Group(consumer)
    finally:
        await consumer.stop()
