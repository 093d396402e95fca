"""When all brokers that a client knows of are gone, it asks the bootstrap servers again."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient
from aiokafka.structs import BrokerMetadata

from demo.brokers.embedded import Embedded
from streams.runtime import rebootstrap
from tests.kafka.cluster import free_port

GONE = 7


@pytest.mark.embedded
def test_a_cluster_is_found_again_by_the_bootstrap_servers() -> None:
    async def lose_the_brokers(bootstrap: str) -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
        await consumer.start()
        try:
            forget_the_brokers(consumer._client)
            assert await consumer._client.force_metadata_update()
            assert all(broker.nodeId > 0 for broker in consumer._client.cluster.brokers())
        finally:
            await consumer.stop()

    rebootstrap.install()
    with Embedded() as broker:
        asyncio.run(lose_the_brokers(broker.bootstrap))


@pytest.mark.embedded
def test_where_these_are_away_too_none_is_found() -> None:
    async def lose_all(bootstrap: str) -> None:
        client = rebootstrap.Client(bootstrap_servers=bootstrap)
        await client.bootstrap()
        forget_the_brokers(client)
        client._bootstrap_servers = f"127.0.0.1:{free_port()}"
        assert not await client.force_metadata_update()
        assert not await client.force_metadata_update()
        await client.close()

    with Embedded() as broker:
        asyncio.run(lose_all(broker.bootstrap))


def forget_the_brokers(client: AIOKafkaClient) -> None:
    """As if its metadata came while only one broker was there, which is gone now."""
    client.cluster._brokers = {GONE: BrokerMetadata(GONE, "127.0.0.1", free_port(), None)}
