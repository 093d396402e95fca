"""The coordinators of a producer: of its transactions, and of the group whose offsets it commits."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from aiokafka.client import AIOKafkaClient, ConnectionGroup, CoordinationType
from aiokafka.errors import (
    ConcurrentTransactions,
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    InvalidProducerEpoch,
    KafkaConnectionError,
    NodeNotReadyError,
    NoError,
    NotCoordinatorError,
    OperationNotAttempted,
    ProducerFenced,
    RequestTimedOutError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnknownTopicOrPartitionError,
)
from aiokafka.protocol.transaction import (
    AddOffsetsToTxnRequest,
    AddPartitionsToTxnRequest,
    EndTxnRequest,
    InitProducerIdRequest,
    TxnOffsetCommitRequest,
)
from aiokafka.structs import TopicPartition

from streams.runtime import messages
from streams.runtime.messages import error_of

log = logging.getLogger(__name__)

_GONE = (
    CoordinatorNotAvailableError,
    KafkaConnectionError,
    NodeNotReadyError,
    NotCoordinatorError,
    RequestTimedOutError,
)
_NOT_YET = (
    CoordinatorLoadInProgressError,
    ConcurrentTransactions,
    OperationNotAttempted,
    UnknownTopicOrPartitionError,
)
# A transaction that follows the last one at once finds its markers still being written, for 1 to 5 ms.
_FIRST_S = 0.002
_LONGEST_S = 0.1
# The feature `transaction.version` of clusters from Kafka 4.0 on.
_IMPLICIT = 2

Errors = Callable[[Any], Iterable[tuple[int, str]]]
"""The codes in an answer, each with the topic that it is about."""


class ProducerId(NamedTuple):
    """Who writes, in which incarnation: by both a broker knows repetitions, and fences zombies."""

    id: int
    epoch: int


class Coordinators:
    """Asks until there is an answer: brokers that are away, or not ready, are waited for.

    Raises KafkaError for what waiting does not mend; ProducerFenced where another one took over.
    """

    def __init__(self, client: AIOKafkaClient, transactional_id: str | None, timeout_ms: int) -> None:
        self._client = client
        self._transactional_id = transactional_id
        self._timeout_ms = timeout_ms
        self._nodes: dict[int, int] = {}
        self.implicit = False
        """Whether what is written becomes part of the transaction by that (KIP-890). Known after `init`."""

    async def init(self) -> ProducerId:
        """Become the only writer by this transactional id, and abort what the one before left open.

        Without one: become a writer.
        """
        request = InitProducerIdRequest(self._transactional_id, self._timeout_ms)
        answer = await self._ask_transactions(request, _one_error)
        self.implicit = self._transactional_id is not None and await self._are_implicit()
        return ProducerId(answer.producer_id, answer.producer_epoch)

    async def add_partitions(self, producer: ProducerId, partitions: Iterable[TopicPartition]) -> None:
        """Make partitions part of the transaction, before anything is written to them."""
        topics: dict[str, list[int]] = defaultdict(list)
        for topic, partition in partitions:
            topics[topic].append(partition)
        request = AddPartitionsToTxnRequest(self._transactional_id, *producer, list(topics.items()))
        await self._ask_transactions(request, _errors_of_partitions)

    async def add_group(self, producer: ProducerId, group: str) -> None:
        """Make a group's offsets part of the transaction."""
        request = AddOffsetsToTxnRequest(self._transactional_id, *producer, group)
        await self._ask_transactions(request, _one_error)

    async def commit_offsets(
        self, producer: ProducerId, group: str, offsets: Mapping[TopicPartition, int]
    ) -> None:
        """Commit offsets of a group, which was added unless that is implicit."""
        topics: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        for (topic, partition), offset in offsets.items():
            topics[topic].append((partition, offset, ""))
        kind = messages.commit_offsets if self.implicit else TxnOffsetCommitRequest
        request = kind(self._transactional_id, group, *producer, list(topics.items()))
        await self._ask(CoordinationType.GROUP, group, request, _errors_of_partitions)

    async def commit(self, producer: ProducerId) -> ProducerId:
        """Commit the transaction; returns by whom the next one is to be written."""
        kind = messages.end if self.implicit else EndTxnRequest
        answer = await self._ask_transactions(kind(self._transactional_id, *producer, True), _one_error)
        return ProducerId(answer.producer_id, answer.producer_epoch) if self.implicit else producer

    async def _are_implicit(self) -> bool:
        try:
            answer = await self._ask_transactions(messages.api_versions(), _one_error)
        except NotImplementedError:
            return False
        return bool(answer.transaction_version >= _IMPLICIT)

    async def _ask_transactions(self, request: Any, errors: Errors) -> Any:
        return await self._ask(CoordinationType.TRANSACTION, self._transactional_id, request, errors)

    async def _ask(self, kind: int, key: str | None, request: Any, errors: Errors) -> Any:
        pause = _FIRST_S
        while True:
            try:
                node = await self._node(kind, key)
                answer = await self._client.send(node, request, group=ConnectionGroup.COORDINATION)
                self._check(errors(answer), key)
                return answer
            except _GONE as error:
                log.debug("asking the coordinator of %s: %r", key, error)
                self._nodes.pop(kind, None)
                self._client.force_metadata_update()
            except _NOT_YET as error:
                log.debug("asking the coordinator of %s: %r", key, error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_S)

    async def _node(self, kind: int, key: str | None) -> int:
        if key is None:
            return int(self._client.get_random_node())
        if kind not in self._nodes:
            try:
                self._nodes[kind] = await self._client.coordinator_lookup(kind, key)
            except TransactionalIdAuthorizationFailed as error:
                raise TransactionalIdAuthorizationFailed(key) from error
        return self._nodes[kind]

    def _check(self, errors: Iterable[tuple[int, str]], key: str | None) -> None:
        for code, topic in errors:
            error = error_of(code)
            if error is InvalidProducerEpoch:
                raise ProducerFenced
            if error is TopicAuthorizationFailedError:
                raise error({topic})
            if error is not NoError:
                raise error(key)


def _one_error(answer: Any) -> Iterable[tuple[int, str]]:
    return [(answer.error_code, "")]


def _errors_of_partitions(answer: Any) -> Iterable[tuple[int, str]]:
    found = [(code, topic) for topic, partitions, *_ in answer.errors for _, code, *_ in partitions]
    # Where one partition is refused the others were not attempted: the refusal is what there is to say.
    return sorted(found, key=lambda each: error_of(each[0]) in _NOT_YET)
