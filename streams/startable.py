"""Whether a worker may start with the topics as they are, and the state in them."""

import asyncio
from collections.abc import Mapping

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from streams import admin, provision, reading
from streams.provision import PARTITIONS, Difference, WrongTopic
from streams.runtime.connection import Connection
from streams.runtime.partitioner import partition_for
from streams.topics import Name, Topics

# Of each step one, whose keys begin with the id by which they are partitioned.
_LOOKED_AT = (Name.LINKS_PRODUCTS_CHANGELOG, Name.STOCK_LEVELS_CHANGELOG)
# So many do not all lie where they belong by chance.
_ENOUGH = 100
# A broker that hangs takes 10 s until another is asked (streams/runtime/sockets.py). Who gives up by then
# begins anew, with the same one perhaps.
_PATIENCE_S = 30.0


async def check(client: AIOKafkaAdminClient, connection: Connection, topics: Topics) -> list[Difference]:
    """Returns what differs from the declaration, and may. Raises WrongTopic and NotAuthorized where none may
    start; KafkaError and TimeoutError where brokers do not answer.
    """
    differences = await provision.check(client, topics)
    if not await admin.is_mock(client):
        names = [topics.full_name(name) for name in _LOOKED_AT]
        found = await admin.describe(client, names)
        await _look_for_astray(connection, {name: each.partitions for name, each in found.items()})
    return differences


async def _look_for_astray(connection: Connection, counts: Mapping[str, int]) -> None:
    """State that was written when its topics had fewer partitions: a worker would begin with empty tables
    beside it.
    """
    places = [TopicPartition(name, number) for name, count in counts.items() for number in range(count)]
    async with asyncio.timeout(_PATIENCE_S), reading.reader(connection) as consumer:
        # Not the first offsets: compaction leaves few records of those, or none.
        spans = await reading.spans(consumer, places)
        async for tp, records in reading.read(consumer, spans, enough=_ENOUGH):
            for record in records:
                _check_home(tp, record.key or b"", counts[tp.topic])


def _check_home(tp: TopicPartition, key: bytes, count: int) -> None:
    owner = key.partition(b"\0")[0]
    home = partition_for(owner, count)
    if home != tp.partition:
        lies = f"state of {owner.decode(errors='replace')} is on {tp.partition}, and belongs on {home}"
        raise WrongTopic(tp.topic, PARTITIONS, str(count), f"as when its records were written: {lies}")
