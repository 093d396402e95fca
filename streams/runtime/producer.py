"""An idempotent producer of whole record batches, transactional where it has an id.

aiokafka's own takes five requests one after the other for a transaction, through a task that is woken for
each. Here it is four steps, or three where the brokers add by themselves what is written (messages.py).
The parts are aiokafka's: connections, metadata, messages, the builder of record batches.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from aiokafka.errors import (
    ConcurrentTransactions,
    InvalidProducerEpoch,
    KafkaError,
    NodeNotReadyError,
    NoError,
    ProducerClosed,
    ProducerFenced,
    TopicAuthorizationFailedError,
)
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.structs import TopicPartition

from streams.runtime import messages
from streams.runtime.compression import Compression, codec_of
from streams.runtime.connection import Connection
from streams.runtime.coordinators import Coordinators, ProducerId
from streams.runtime.messages import error_of
from streams.runtime.rebootstrap import Client

log = logging.getLogger(__name__)

_BATCH_BYTES = 512 << 10
_REQUEST_MS = 30_000
_TRANSACTION_MS = 60_000
# As long as an answer takes that no topic of that name is there.
_METADATA_S = 5.0
_FIRST_S = 0.002
_LONGEST_S = 0.05
_ABANDON_S = 1.0
_ALL_REPLICAS = -1
_SEQUENCES = 1 << 31

_Answers = Mapping[TopicPartition, tuple[type[KafkaError], int]]
"""What became of each record batch that was answered, and its offset."""


class Undelivered(KafkaError):  # type: ignore[misc]
    """A topic that did not take its records, and why."""

    def __init__(self, topic: str, cause: BaseException) -> None:
        super().__init__(f"{topic}: {cause!r}")
        self.topic = topic
        self.cause = cause


class _Client(Client):
    """One that connects to nobody after it was closed."""

    closed = False

    async def send(self, *args: Any, **options: Any) -> Any:
        if self.closed:
            raise ProducerClosed
        return await super().send(*args, **options)

    def get_random_node(self) -> int:
        if self.closed:
            raise ProducerClosed
        node: int | None = super().get_random_node()
        if node is None:
            raise NodeNotReadyError("no broker is known")
        return node

    async def close(self) -> None:
        self.closed = True
        await super().close()


class Producer:
    """Writes one lot of record batches after the other. Brokers that are away are waited for."""

    def __init__(
        self, connection: Connection, transactional_id: str | None, compression: Compression
    ) -> None:
        self._client = _Client(**connection.arguments, request_timeout_ms=_REQUEST_MS)
        self._transactional_id = transactional_id
        self._compression = compression
        self._coordinators = Coordinators(self._client, transactional_id, _TRANSACTION_MS)
        self._id: ProducerId | None = None
        self._sure = True
        self._next: dict[TopicPartition, int] = {}

    async def start(self) -> None:
        """Become the writer. Raises KafkaError."""
        try:
            await self._client.bootstrap()
            await self._begin_anew()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Let go without waiting for brokers: who waits for an answer gets an error."""
        try:
            await asyncio.wait_for(self._client.close(), _ABANDON_S)
        except (KafkaError, OSError) as error:
            log.debug("closing a producer: %r", error)

    async def reach(self, topics: Collection[str]) -> None:
        """Return when the broker has all of the topics; raises Undelivered for one that it has not."""
        for topic in topics:
            try:
                async with asyncio.timeout(_METADATA_S):
                    await self._client._wait_on_metadata(topic)
            except (KafkaError, TimeoutError) as error:
                raise Undelivered(topic, error) from error

    def new_batch(self, size: int) -> BatchBuilder:
        """An empty record batch for `write`, which will have about so many bytes."""
        transactional = self._transactional_id is not None
        codec = codec_of(self._compression, size)
        return BatchBuilder(_BATCH_BYTES, codec, is_transactional=transactional)

    async def write(
        self, batches: Mapping[TopicPartition, Sequence[BatchBuilder]]
    ) -> dict[TopicPartition, int]:
        """Write record batches, in order for each partition; returns where each partition goes on then.

        Raises Undelivered when one was refused, and all that went out with it were answered.
        """
        if not self._sure:
            await self._begin_anew()
        # What is left of a write that does not get to its end nobody knows.
        self._sure = False
        positions: dict[TopicPartition, int] = {}
        for turn in range(max(map(len, batches.values()), default=0)):
            positions.update(
                await self._write({tp: lane[turn] for tp, lane in batches.items() if turn < len(lane)})
            )
        self._sure = True
        return positions

    async def begin(self, partitions: Collection[TopicPartition], group: str | None) -> None:
        """Begin a transaction, which may write to these partitions and commit offsets of the group.

        Nothing is written before all is added: leaders ask the coordinator whether they are part of the
        transaction, and while something is being added it answers that it does not know yet. Where that is
        implicit there is nothing to do.
        """
        if self._coordinators.implicit:
            return
        parts = [self._coordinators.add_partitions(self._known_id, partitions)] if partitions else []
        if group is not None:
            parts.append(self._coordinators.add_group(self._known_id, group))
        await asyncio.gather(*parts)

    async def send_offsets(self, offsets: Mapping[TopicPartition, int], group: str) -> None:
        """Commit the offsets of the transaction's group with it."""
        await self._coordinators.commit_offsets(self._known_id, group, offsets)

    async def commit(self) -> None:
        """Commit the transaction. Raises KafkaError; it may be committed all the same."""
        written = self._known_id
        self._id = await self._coordinators.commit(written)
        if self._id != written:
            self._next = {}

    @property
    def _known_id(self) -> ProducerId:
        assert self._id is not None, "it was not started"
        return self._id

    async def _begin_anew(self) -> None:
        self._id = await self._coordinators.init()
        self._next = {}

    async def _write(self, batches: Mapping[TopicPartition, BatchBuilder]) -> dict[TopicPartition, int]:
        """Write a record batch to each partition."""
        left = {tp: self._sealed(tp, batch) for tp, batch in batches.items()}
        positions, refused = {}, list[Undelivered]()
        pause = _FIRST_S
        while left:
            for tp, (error, offset) in (await self._ask_leaders(left)).items():
                if error is NoError:
                    count = batches[tp].record_count()
                    positions[tp] = offset + count
                    self._next[tp] = (self._next.get(tp, 0) + count) % _SEQUENCES
                elif error.retriable or error is ConcurrentTransactions:
                    log.debug("writing to %s-%d: %r", *tp, error)
                    continue
                else:
                    refused.append(Undelivered(tp.topic, _cause(error, tp.topic)))
                del left[tp]
            if left:
                self._client.force_metadata_update()
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_S)
        if refused:
            raise refused[0]
        return positions

    def _sealed(self, tp: TopicPartition, batch: BatchBuilder) -> bytes:
        batch._set_producer_state(*self._known_id, self._next.get(tp, 0))
        return bytes(batch._build())

    async def _ask_leaders(self, batches: Mapping[TopicPartition, bytes]) -> _Answers:
        """Send each record batch to the leader of its partition, where there is one; returns who answered."""
        by_leader: dict[int, dict[TopicPartition, bytes]] = defaultdict(dict)
        for tp, batch in batches.items():
            leader = self._client.cluster.leader_for_partition(tp)
            if leader is not None and leader >= 0:
                by_leader[leader][tp] = batch
        answers: dict[TopicPartition, tuple[type[KafkaError], int]] = {}
        for found in await asyncio.gather(*(self._ask(*each) for each in by_leader.items())):
            answers.update(found)
        return answers

    async def _ask(self, node: int, batches: Mapping[TopicPartition, bytes]) -> _Answers:
        topics: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
        for (topic, partition), batch in batches.items():
            topics[topic].append((partition, batch))
        kind = messages.produce if self._coordinators.implicit else ProduceRequest
        request = kind(self._transactional_id, _ALL_REPLICAS, _REQUEST_MS, list(topics.items()))
        try:
            answer = await self._client.send(node, request)
        except KafkaError as error:
            return {tp: (type(error), -1) for tp in batches}
        return {
            TopicPartition(topic, partition): (error_of(code), offset)
            for topic, partitions, *_ in answer.topics
            for partition, code, offset, *_ in partitions
        }


def _cause(error: type[KafkaError], topic: str) -> KafkaError:
    if error is InvalidProducerEpoch:
        return ProducerFenced()
    return error({topic}) if error is TopicAuthorizationFailedError else error()
