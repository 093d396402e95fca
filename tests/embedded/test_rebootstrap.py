"""When all brokers that a client knows of are gone, it asks the bootstrap servers again; for one that is gone
nobody waits.
"""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.conn import CloseReason
from aiokafka.structs import BrokerMetadata

from demo.brokers.embedded import Embedded
from streams.runtime import rebootstrap
from tests.kafka.cluster import free_port

GONE = 7
COORDINATION = ConnectionGroup.COORDINATION


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


class Open:
    """A connection on which so many answers are waited for."""

    def __init__(self, waiting: int) -> None:
        self._requests = [None] * waiting
        self.closed: list[CloseReason] = []

    def connected(self) -> bool:
        return not self.closed

    def close(self, reason: CloseReason) -> "asyncio.Future[None]":
        self.closed.append(reason)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


@pytest.mark.embedded
def test_no_client_waits_for_a_broker_that_another_one_learns_is_gone() -> None:
    async def learn(bootstrap: str) -> list[bool]:
        one, other, elsewhere = (rebootstrap.Client(bootstrap_servers=bootstrap) for _ in range(3))
        elsewhere._bootstrap_servers = f"127.0.0.1:{free_port()}"
        await one.bootstrap()
        (there,) = (broker.nodeId for broker in one.cluster.brokers())
        opened = [
            *((one, GONE, Open(1)), (other, GONE, Open(1)), (other, 0, Open(1))),
            *((other, GONE + 1, Open(0)), (other, there, Open(1)), (elsewhere, GONE, Open(1))),
            *((other, "bootstrap", Open(1)), (other, -1, Open(1))),
        ]
        for client, node, connection in opened:
            client._conns[node, COORDINATION] = connection
        assert await one.force_metadata_update()
        closed = [connection.closed == [CloseReason.CONNECTION_TIMEOUT] for _, _, connection in opened]
        await one.close()
        return closed

    with Embedded() as broker:
        assert asyncio.run(learn(broker.bootstrap)) == [True] * 3 + [False] * 5


@pytest.mark.embedded
def test_a_client_finds_the_cluster_by_the_brokers_that_others_know_are_there() -> None:
    """Though the bootstrap servers have another name for them."""

    async def first(servers: list[str]) -> str:
        client = rebootstrap.Client(bootstrap_servers=servers)
        await client.bootstrap()
        assert await client.force_metadata_update()
        await client.close()
        host, port, _ = rebootstrap.Client(bootstrap_servers=servers).hosts[0]
        return f"{host}:{port}"

    with Embedded() as broker:
        away = [f"127.0.0.1:{free_port()}" for _ in range(9)]
        named = broker.bootstrap.replace("127.0.0.1", "localhost")
        assert asyncio.run(first([*away, named])) == broker.bootstrap


@pytest.mark.embedded
def test_where_these_are_gone_it_is_found_by_the_bootstrap_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def find(bootstrap: str) -> None:
        gone = frozenset(("127.0.0.1", free_port()) for _ in range(9))
        monkeypatch.setitem(rebootstrap.Client._there, bootstrap, gone)
        client = rebootstrap.Client(bootstrap_servers=bootstrap)
        await client.bootstrap()
        await client.close()

    with Embedded() as broker:
        asyncio.run(find(broker.bootstrap))


def forget_the_brokers(client: AIOKafkaClient) -> None:
    """As if its metadata came while only one broker was there, which is gone now."""
    client.cluster._brokers = {GONE: BrokerMetadata(GONE, "127.0.0.1", free_port(), None)}
