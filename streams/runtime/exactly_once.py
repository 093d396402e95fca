"""Effects made durable all at once."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from aiokafka.errors import KafkaError, ProducerFenced

from streams.runtime.commit import ANSWER_S, CommitFailed, NewProducer, Refused, Transactional
from streams.runtime.outbox import Outbox
from streams.runtime.producer import Undelivered
from streams.runtime.records import Effects

COMMITTED, ABORTED, FENCED, UNKNOWN = OUTCOMES = ("committed", "aborted", "fenced", "unknown")
"""How a transaction ends. One that the broker does not confirm may have been committed."""

_ERRORS = (KafkaError, TimeoutError)


class Membership(Protocol):
    """This worker's place in its group."""

    async def confirmed(self) -> bool:
        """Ask the group's coordinator whether this worker is still a member. Raises KafkaError."""


class ExactlyOnce:
    """Outputs, changelog and input offsets in one transaction.

    aiokafka sends no consumer generation with the offsets (no KIP-447), so zombies are fenced by one
    transactional id for each step and partition, initialised on assignment, before committed offsets and
    changelog are read.
    """

    def __init__(
        self,
        transactional_id: str,
        partition: int,
        group: str,
        new_producer: NewProducer,
        partitions: Mapping[str, int],
        membership: Membership,
        outcomes: Counter[str] | None = None,
    ) -> None:
        self._membership = membership
        self._outcomes = Counter() if outcomes is None else outcomes
        self._transactional_id = transactional_id
        self._partition = partition
        self._group = group
        self._new_producer = new_producer
        self._partitions = partitions
        self._producer: Transactional | None = None

    async def open(self) -> None:
        await self.close()
        producer = self._new_producer(self._transactional_id)
        await producer.start()
        self._producer = producer

    async def publish(self, effects: Effects) -> Mapping[str, int]:
        producer = self._producer
        if producer is None:
            raise CommitFailed(f"{self._transactional_id}: not open")
        try:
            positions = await self._fill(producer, effects)
        except _ERRORS as error:
            if _fenced(error):
                self._outcomes[FENCED] += 1
                raise CommitFailed(f"{self._transactional_id}: {error!r}") from error
            self._outcomes[ABORTED] += 1
            raise Refused(str(error) or f"no answer within {ANSWER_S:g} s") from error
        try:
            await producer.commit()
        except _ERRORS as error:
            # It may have been committed all the same: only the changelog can tell.
            self._outcomes[FENCED if _fenced(error) else UNKNOWN] += 1
            raise CommitFailed(f"{self._transactional_id}: {error!r}") from error
        self._outcomes[COMMITTED] += 1
        return positions

    async def retake(self) -> None:
        # Opening aborts what is open. The group is asked before, so that the id is not taken from a rightful
        # owner; and after, so that there was none in between who wrote: a partition never comes back to a
        # member without a rebalance, which would have ended this.
        try:
            ours = await self._membership.confirmed()
            if ours:
                await self.open()
                ours = await self._membership.confirmed()
        except KafkaError as error:
            raise CommitFailed(f"{self._transactional_id}: {error!r}") from error
        if not ours:
            raise CommitFailed(f"{self._transactional_id}: the group does not count this worker in")

    async def _fill(self, producer: Transactional, effects: Effects) -> Mapping[str, int]:
        """Everything of a transaction but its commit; until then there is no doubt that it did not happen."""
        outbox = Outbox(producer, self._partitions)
        async with asyncio.timeout(ANSWER_S):
            # One that is missing opens no transaction.
            await producer.reach(effects.topics)
            parcel = outbox.pack(effects.outputs, effects.changelog, self._partition)
            await producer.begin(parcel.batches.keys(), self._group if effects.offsets else None)
            # Not beside each other: a broker that is asked for both at once takes one for a repetition of the
            # other, and refuses it. Offsets first: while the markers of the last transaction are still being
            # written these are refused at once, and not kept for 20 ms.
            if effects.offsets:
                await producer.send_offsets(effects.offsets, self._group)
            return await outbox.send(parcel)

    def finished(self, effects: Effects) -> None:
        return None

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()


def _fenced(error: BaseException) -> bool:
    cause = error.cause if isinstance(error, Undelivered) else error
    return isinstance(cause, ProducerFenced)
