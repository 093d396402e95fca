"""The producer, and aiokafka's consumer as far as the runtime uses it, with a journal of what was done."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from aiokafka.errors import KafkaError, KafkaTimeoutError
from aiokafka.structs import TopicPartition

from streams.runtime.producer import Undelivered
from streams.runtime.records import Headers


class Sent(NamedTuple):
    """A record as the broker has it."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp: int = 0


class Builder:
    """A record batch that takes `room` records."""

    def __init__(self, room: int) -> None:
        self.records: list[tuple[bytes | None, bytes | None, Headers]] = []
        self._room = room
        self._builder = self
        self.closed = False

    def append(
        self, offset: int, timestamp: int | None, key: bytes | None, value: bytes | None, headers: Headers
    ) -> object | None:
        assert not self.closed
        assert offset == len(self.records)
        if len(self.records) == self._room:
            return None
        self.records.append((key, value, headers))
        return object()

    def close(self) -> None:
        self.closed = True


class Broker:
    """Logs of partitions, and what producers did, in order. `failures`: one for each batch sent."""

    def __init__(self) -> None:
        self.logs: dict[TopicPartition, list[Sent]] = defaultdict(list)
        self.journal: list[str] = []
        self.failures: list[KafkaError | None] = []
        self.offsets: dict[TopicPartition, int] = {}
        self.no_commit: KafkaError | None = None
        self.missing: set[str] = set()

    def values(self, topic: str, partition: int) -> list[bytes | None]:
        return [record.value for record in self.logs[TopicPartition(topic, partition)]]


class Producer:
    """A `Transactional`."""

    def __init__(self, broker: Broker, transactional_id: str | None = None, room: int = 2) -> None:
        self._broker = broker
        self._room = room
        self.transactional_id = transactional_id

    def _note(self, what: str) -> None:
        self._broker.journal.append(what)

    async def start(self) -> None:
        self._note("start")

    async def stop(self) -> None:
        self._note("stop")

    async def reach(self, topics: Collection[str]) -> None:
        for topic in self._broker.missing.intersection(topics):
            raise Undelivered(topic, KafkaTimeoutError())

    def new_batch(self, size: int) -> Any:
        return Builder(self._room)

    async def write(self, batches: Mapping[TopicPartition, Sequence[Any]]) -> dict[TopicPartition, int]:
        self._note(f"write {' '.join(sorted({tp.topic for tp in batches}))}")
        await asyncio.sleep(0)
        for tp, lane in batches.items():
            for batch in lane:
                self._append(tp, batch.records)
        self._note("written")
        return {tp: len(self._broker.logs[tp]) for tp in batches}

    def _append(self, tp: TopicPartition, records: Sequence[Any]) -> None:
        failure = self._broker.failures.pop(0) if self._broker.failures else None
        if failure is not None:
            self._note(f"fail {tp.topic}")
            raise Undelivered(tp.topic, failure)
        log = self._broker.logs[tp]
        log += [Sent(tp.partition, place, *record) for place, record in enumerate(records, len(log))]

    async def begin(self, partitions: Collection[TopicPartition], group: str | None) -> None:
        self._note("begin" if group is None else f"begin with {group}")

    async def send_offsets(self, offsets: Mapping[TopicPartition, int], group: str) -> None:
        self._note(f"offsets of {group}")
        self._broker.offsets.update(offsets)

    async def commit(self) -> None:
        if self._broker.no_commit is not None:
            raise self._broker.no_commit
        self._note("commit")


class Reader:
    """An AIOKafkaConsumer without a group. `hidden` offsets (markers, aborted records) are passed over."""

    def __init__(
        self, broker: Broker, hidden: Iterable[int] = (), beginning: int = 0, chunk: int = 2
    ) -> None:
        self._broker = broker
        self._hidden = set(hidden)
        self._beginning = beginning
        self._chunk = chunk
        self._positions: dict[TopicPartition, int] = {}
        self.stopped = False

    async def start(self) -> None: ...

    async def stop(self) -> None:
        self.stopped = True

    def assign(self, partitions: list[TopicPartition]) -> None:
        self._positions = dict.fromkeys(partitions, 0)

    async def beginning_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, self._beginning)

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return {tp: len(self._broker.logs[tp]) for tp in partitions}

    def seek(self, tp: TopicPartition, offset: int) -> None:
        self._positions[tp] = offset

    def pause(self, *partitions: TopicPartition) -> None: ...

    async def position(self, tp: TopicPartition) -> int:
        return self._positions[tp]

    async def getmany(self, *partitions: TopicPartition, **_: Any) -> dict[TopicPartition, list[Sent]]:
        found = {}
        for tp in partitions:
            start = self._positions[tp]
            fetched = self._broker.logs[tp][start : start + self._chunk]
            self._positions[tp] = start + len(fetched)
            visible = [record for record in fetched if record.offset not in self._hidden]
            if visible:
                found[tp] = visible
        return found
