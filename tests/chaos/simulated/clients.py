"""aiokafka's producer and consumer as one worker process has them; each effect on the broker may go wrong."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

from aiokafka.errors import KafkaConnectionError
from aiokafka.structs import RecordMetadata, TopicPartition

from tests.chaos.simulated.kafka import Entry, Kafka, Session, Transaction
from tests.support.broker import Stored

T = TypeVar("T")

Call = Callable[[Callable[[], Awaitable[T]]], Awaitable[T]]
"""Does something on the broker: request and answer travel, and either may be the last thing that happens."""

_ROOM = 4


class Builder:
    """A record batch that takes few records."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._builder = self

    def append(
        self, offset: int, timestamp: int | None, key: bytes | None, value: bytes | None, headers: Any
    ) -> object | None:
        if offset == _ROOM:
            return None
        self.entries.append((key, value, list(headers)))
        return self

    def close(self) -> None: ...


class Producer:
    """An AIOKafkaProducer: idempotent, so the batches of a partition arrive in order."""

    def __init__(self, kafka: Kafka, call: Any, transactional_id: str | None) -> None:
        self._kafka = kafka
        self._call = call
        self._transactional_id = transactional_id
        self._session: Session | None = None
        self._lanes: dict[TopicPartition, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._stopped = False
        self.client = self

    async def start(self) -> None:
        if self._transactional_id is not None:
            transactional_id = self._transactional_id
            self._session = await self._call(lambda: self._kafka.init(transactional_id))

    async def stop(self) -> None:
        self._stopped = True

    close = stop

    async def partitions_for(self, topic: str) -> set[int]:
        return {0}

    def create_batch(self) -> Builder:
        return Builder()

    async def send_batch(
        self, batch: Builder, topic: str, *, partition: int
    ) -> "asyncio.Future[RecordMetadata]":
        return asyncio.ensure_future(self._send(batch, TopicPartition(topic, partition)))

    async def _send(self, batch: Builder, tp: TopicPartition) -> RecordMetadata:
        async with self._lanes[tp]:
            if self._stopped:
                raise KafkaConnectionError("the producer is closed")
            first = await self._call(lambda: self._append(batch, tp))
        return RecordMetadata(tp.topic, tp.partition, tp, first, None, 0, 0)

    async def _append(self, batch: Builder, tp: TopicPartition) -> int:
        transaction = None
        if self._session is not None:
            transaction = await self._kafka.transaction(self._session)
            transaction.partitions.add(tp)
        return self._kafka.append(tp, batch.entries, transaction)

    async def begin_transaction(self) -> None: ...

    async def send_offsets_to_transaction(self, offsets: Mapping[TopicPartition, int], group: str) -> None:
        async def add() -> None:
            (await self._current()).offsets.update(offsets)

        await self._call(add)

    async def commit_transaction(self) -> None:
        async def commit() -> None:
            assert self._session is not None
            self._kafka.commit(self._session)

        await self._call(commit)

    async def _current(self) -> Transaction:
        assert self._session is not None
        return await self._kafka.transaction(self._session)


class Reader:
    """An AIOKafkaConsumer without a group, reading what is committed."""

    def __init__(self, kafka: Kafka, call: Any, chunk: int) -> None:
        self._kafka = kafka
        self._call = call
        self._chunk = chunk
        self._positions: dict[TopicPartition, int] = {}

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def assign(self, partitions: Iterable[TopicPartition]) -> None:
        self._positions = dict.fromkeys(partitions, 0)

    async def beginning_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 0)

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        async def ends() -> dict[TopicPartition, int]:
            return {tp: self._kafka.logs[tp].end for tp in partitions}

        found: dict[TopicPartition, int] = await self._call(ends)
        return found

    def seek(self, tp: TopicPartition, offset: int) -> None:
        self._positions[tp] = offset

    def pause(self, *partitions: TopicPartition) -> None: ...

    async def position(self, tp: TopicPartition) -> int:
        return self._positions[tp]

    async def getmany(self, *partitions: TopicPartition, **_: Any) -> dict[TopicPartition, list[Stored]]:
        async def fetch() -> dict[TopicPartition, tuple[list[Stored], int]]:
            return {tp: self._kafka.logs[tp].read(self._positions[tp], self._chunk) for tp in partitions}

        fetched = await self._call(fetch)
        self._positions.update({tp: position for tp, (_, position) in fetched.items()})
        return {tp: records for tp, (records, _) in fetched.items() if records}
