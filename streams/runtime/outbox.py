"""Producing in batches: one future for each record batch, not one for each record."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from streams.runtime.partitioner import partition_for
from streams.runtime.records import Outgoing, Write

# As long as an answer takes that no topic of that name is there.
_METADATA_S = 5.0

_Entry = tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]


class _Sent(NamedTuple):
    """A record batch on its way: its topic, its answer, how many records it has."""

    topic: str
    answer: "asyncio.Future[RecordMetadata]"
    records: int


class Undelivered(KafkaError):  # type: ignore[misc]
    """A topic that did not take its records, and why."""

    def __init__(self, topic: str, cause: BaseException) -> None:
        super().__init__(f"{topic}: {cause!r}")
        self.topic = topic
        self.cause = cause


class Outbox:
    """Sends records through one producer to topics whose partition counts are known."""

    def __init__(self, producer: AIOKafkaProducer, partitions: Mapping[str, int]) -> None:
        self._producer = producer
        self._partitions = partitions

    async def reach(self, topics: Iterable[str]) -> None:
        """Return when the broker has all of the topics; raises Undelivered for one that it has not."""
        for topic in topics:
            try:
                async with asyncio.timeout(_METADATA_S):
                    await self._producer.partitions_for(topic)
            except (KafkaError, TimeoutError) as error:
                raise Undelivered(topic, error) from error

    async def publish(self, outputs: Sequence[Outgoing]) -> None:
        """Send `outputs`, in order for each partition; returns when all are acknowledged.

        Raises Undelivered for the first batch that failed.
        """
        await self._acknowledged(await self._send(self._by_partition(outputs)))

    async def record(self, changelog: Mapping[str, Sequence[Write]], partition: int) -> dict[str, int]:
        """Write table changes to their changelogs; returns the position reached for each that had any.

        Raises Undelivered for the first batch that failed.
        """
        entries: dict[tuple[str, int], list[_Entry]] = {
            (topic, partition): [(key, value, []) for key, value in writes]
            for topic, writes in changelog.items()
            if writes
        }
        positions: dict[str, int] = {}
        for metadata, count in await self._acknowledged(await self._send(entries)):
            positions[metadata.topic] = max(positions.get(metadata.topic, 0), metadata.offset + count)
        return positions

    def _by_partition(self, outputs: Iterable[Outgoing]) -> dict[tuple[str, int], list[_Entry]]:
        grouped: dict[tuple[str, int], list[_Entry]] = defaultdict(list)
        counts = self._partitions
        for topic, key, value, headers, partition in outputs:
            if partition is None:
                partition = partition_for(key or b"", counts[topic])
            grouped[topic, partition].append((key, value, headers))
        return grouped

    async def _send(self, entries: Mapping[tuple[str, int], Sequence[_Entry]]) -> list[_Sent]:
        """Hand every entry to the producer."""
        sent = []
        producer = self._producer
        for (topic, partition), records in entries.items():
            start = 0
            while start < len(records):
                batch = producer.create_batch()
                count = fill(batch, records, start)
                start += count
                sent.append(_Sent(topic, await self._hand_over(batch, topic, partition), count))
        return sent

    async def _hand_over(
        self, batch: BatchBuilder, topic: str, partition: int
    ) -> "asyncio.Future[RecordMetadata]":
        try:
            answer: asyncio.Future[RecordMetadata]
            answer = await self._producer.send_batch(batch, topic, partition=partition)
            return answer
        # aiokafka asserts that the topic has the partition.
        except (KafkaError, AssertionError) as error:
            raise Undelivered(topic, error) from error

    @staticmethod
    async def _acknowledged(
        sent: list[_Sent],
    ) -> list[tuple[RecordMetadata, int]]:
        # aiokafka's flush() ignores failed futures, so each is awaited; all of them, so that none fails
        # unseen.
        results = await asyncio.gather(*(future for _, future, _ in sent), return_exceptions=True)
        acknowledged = []
        for result, (topic, _, count) in zip(results, sent, strict=True):
            if isinstance(result, KafkaError):
                raise Undelivered(topic, result) from result
            if isinstance(result, BaseException):
                raise result
            acknowledged.append((result, count))
        return acknowledged


def fill(batch: BatchBuilder, records: Sequence[_Entry], start: int) -> int:
    """Append `records` from `start` on until `batch` is full, and close it; returns how many it took.

    By aiokafka's own builder of record batches: its `BatchBuilder.append` around that costs 0.5 µs a record.
    """
    append, count = batch._builder.append, 0
    for key, value, headers in islice(records, start, None):
        if append(count, None, key, value, headers) is None:
            break
        count += 1
    batch._relative_offset = count
    batch.close()
    return count
