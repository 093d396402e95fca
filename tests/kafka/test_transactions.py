"""Our producer's transactions on a real broker, by requests of version 2 (KIP-890) and by those before."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import ProducerFenced
from aiokafka.structs import TopicPartition

from demo.brokers.kafka import RealKafka
from streams.runtime.connection import Connection
from streams.runtime.coordinators import Coordinators
from streams.runtime.outbox import fill
from streams.runtime.producer import Producer, Undelivered
from tests.kafka.cluster import Cluster

TOPIC = "video-status"
GROUP = "link-status"


@pytest.fixture
def cluster(kafka: RealKafka, prefix: str, tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(kafka.bootstrap, prefix, tmp_path) as cluster:
        yield cluster


@pytest.fixture(params=[True, False], ids=["version 2", "version 1"])
def implicit(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the broker's own version is used, or that of brokers before 4.0."""
    if not request.param:

        async def never(_: Any) -> bool:
            return False

        monkeypatch.setattr(Coordinators, "_are_implicit", never)
    return bool(request.param)


def test_transactions_follow_each_other_and_what_is_given_up_is_not_read(
    cluster: Cluster, implicit: bool
) -> None:
    async def transactions() -> None:
        producer = await _started(cluster)
        assert producer._coordinators.implicit == implicit
        for number in range(3):
            await _write(producer, cluster, b"%d" % number, number + 1)
            await producer.commit()
        await _write(producer, cluster, b"given up", 99)
        await producer.stop()
        successor = await _started(cluster)
        await _write(successor, cluster, b"3", 4)
        await successor.commit()
        await successor.stop()

    asyncio.run(transactions())
    assert sorted(record.value or b"" for record in cluster.read(TOPIC)) == [b"0", b"1", b"2", b"3"]
    assert cluster.committed()[_source(cluster)] == 4


def test_a_successor_fences(cluster: Cluster, implicit: bool) -> None:
    async def both() -> None:
        zombie = await _started(cluster)
        await _write(zombie, cluster, b"lost", 1)
        successor = await _started(cluster)
        with pytest.raises(ProducerFenced):
            await zombie.commit()
        with pytest.raises((ProducerFenced, Undelivered)):
            await _write(zombie, cluster, b"lost", 2)
        await _write(successor, cluster, b"kept", 3)
        await successor.commit()
        for producer in (zombie, successor):
            await producer.stop()

    asyncio.run(both())
    assert [record.value for record in cluster.read(TOPIC)] == [b"kept"]


async def _started(cluster: Cluster) -> Producer:
    producer = Producer(Connection(cluster.bootstrap), f"{cluster.prefix}id", "zstd")
    await producer.start()
    return producer


async def _write(producer: Producer, cluster: Cluster, value: bytes, position: int) -> None:
    """All of a transaction but its commit, in the order of `ExactlyOnce`."""
    partition = TopicPartition(cluster.prefix + TOPIC, 0)
    await producer.reach([partition.topic])
    batch = producer.new_batch(0)
    fill(batch, [(b"key", value, [])], 0)
    group = cluster.prefix + GROUP
    await producer.begin([partition], group)
    await producer.send_offsets({_source(cluster): position}, group)
    await producer.write({partition: [batch]})


def _source(cluster: Cluster) -> TopicPartition:
    return TopicPartition(cluster.prefix + "moderation", 0)
