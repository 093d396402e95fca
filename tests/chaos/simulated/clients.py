"""The producer and consumer of one worker process; each effect on the broker may go wrong."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from aiokafka.errors import KafkaConnectionError
from aiokafka.structs import TopicPartition

from streams.runtime.producer import Undelivered
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
    """A producer of the runtime: each record batch may be the last that arrives."""

    def __init__(self, kafka: Kafka, call: Any, transactional_id: str | None) -> None:
        self._kafka = kafka
        self._call = call
        self._transactional_id = transactional_id
        self._session: Session | None = None
        self._stopped = False

    async def start(self) -> None:
        if self._transactional_id is not None:
            transactional_id = self._transactional_id
            self._session = await self._call(lambda: self._kafka.init(transactional_id))

    async def stop(self) -> None:
        self._stopped = True

    async def reach(self, topics: Collection[str]) -> None: ...

    def new_batch(self, size: int) -> Any:
        return Builder()

    async def write(self, batches: Mapping[TopicPartition, Sequence[Any]]) -> dict[TopicPartition, int]:
        """Partitions beside each other; the batches of one in their order."""
        reached = await asyncio.gather(
            *(self._write(tp, lane) for tp, lane in batches.items()), return_exceptions=True
        )
        for result in reached:
            if isinstance(result, BaseException):
                raise result
        return dict(zip(batches, cast(list[int], reached), strict=True))

    async def _write(self, tp: TopicPartition, lane: Sequence[Any]) -> int:
        position = 0
        for batch in lane:
            if self._stopped:
                raise Undelivered(tp.topic, KafkaConnectionError("the producer is closed"))
            first = await self._call(lambda batch=batch: self._append(batch, tp))
            position = first + len(batch.entries)
        return position

    async def _append(self, batch: Builder, tp: TopicPartition) -> int:
        transaction = None
        if self._session is not None:
            transaction = await self._kafka.transaction(self._session)
            transaction.partitions.add(tp)
        return self._kafka.append(tp, batch.entries, transaction)

    async def begin(self, partitions: Collection[TopicPartition], group: str | None) -> None: ...

    async def send_offsets(self, offsets: Mapping[TopicPartition, int], group: str) -> None:
        async def add() -> None:
            (await self._current()).offsets.update(offsets)

        await self._call(add)

    async def commit(self) -> None:
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
