"""Kafka's rules, as far as exactly once rests on them: logs, transactions and markers, committed offsets."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from random import Random
from typing import NamedTuple

from aiokafka.errors import ProducerFenced
from aiokafka.structs import TopicPartition

from tests.support.broker import Stored

Entry = tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]
"""Key, value, headers."""


class Transaction:
    """What one producer did since it began. Undecided until `committed` is set."""

    def __init__(self) -> None:
        self.committed: bool | None = None
        self.partitions: set[TopicPartition] = set()
        self.offsets: dict[TopicPartition, int] = {}


class Log:
    """One partition: records, each with its transaction, and markers (None)."""

    def __init__(self) -> None:
        self.entries: list[tuple[Stored | None, Transaction | None]] = []
        self.open: dict[Transaction, int] = {}

    def append(self, partition: int, entries: Iterable[Entry], by: Transaction | None) -> int:
        """Returns the offset of the first."""
        first = len(self.entries)
        if by is not None:
            self.open.setdefault(by, first)
        for offset, entry in enumerate(entries, first):
            self.entries.append((Stored(partition, offset, *entry), by))
        return first

    def mark(self, by: Transaction) -> None:
        """Write the marker that ends a transaction here."""
        if self.open.pop(by, None) is not None:
            self.entries.append((None, None))

    @property
    def end(self) -> int:
        """The last stable offset: nothing undecided lies before it."""
        return min(self.open.values()) if self.open else len(self.entries)

    def read(self, start: int, most: int) -> tuple[list[Stored], int]:
        """Up to `most` committed records from `start`, and the position after them and what they hide."""
        found: list[Stored] = []
        end = self.end
        for place in range(start, end):
            record, by = self.entries[place]
            if record is not None and (by is None or by.committed):
                if len(found) == most:
                    return found, place
                found.append(record)
        return found, max(start, end)


class Session(NamedTuple):
    """A transactional producer, as of one InitProducerId."""

    transactional_id: str
    epoch: int


class Kafka:
    """All logs, the committed offsets of the one group, and the transaction coordinator."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self.logs: dict[TopicPartition, Log] = defaultdict(Log)
        self.offsets: dict[TopicPartition, int] = {}
        self._epochs: dict[str, int] = defaultdict(int)
        self._ongoing: dict[str, Transaction] = {}
        self._ending: dict[str, asyncio.Task[None]] = {}

    def append(self, tp: TopicPartition, entries: Iterable[Entry], by: Transaction | None = None) -> int:
        """Returns the offset of the first record."""
        return self.logs[tp].append(tp.partition, entries, by)

    async def init(self, transactional_id: str) -> Session:
        """Fence whoever had the id: what it left undecided is aborted, what it decided carried out first."""
        self._epochs[transactional_id] += 1
        session = Session(transactional_id, self._epochs[transactional_id])
        await self._ended(transactional_id)
        left = self._ongoing.pop(transactional_id, None)
        if left is not None:
            self._end(transactional_id, left, committed=False)
            await self._ended(transactional_id)
        return session

    async def transaction(self, session: Session) -> Transaction:
        """The transaction of `session`, begun if need be, after the one before. Raises ProducerFenced."""
        self._check(session)
        await self._ended(session.transactional_id)
        self._check(session)
        return self._ongoing.setdefault(session.transactional_id, Transaction())

    def commit(self, session: Session) -> None:
        """Decide for the transaction. Its markers follow by and by, as in Kafka. Raises ProducerFenced."""
        self._check(session)
        transaction = self._ongoing.pop(session.transactional_id, None)
        if transaction is not None:
            self._end(session.transactional_id, transaction, committed=True)

    @property
    def undecided(self) -> bool:
        """Whether any transaction is open or still being ended."""
        return bool(self._ongoing) or any(not ending.done() for ending in self._ending.values())

    def _check(self, session: Session) -> None:
        if self._epochs[session.transactional_id] != session.epoch:
            raise ProducerFenced

    async def _ended(self, transactional_id: str) -> None:
        ending = self._ending.get(transactional_id)
        if ending is not None:
            await asyncio.wait({ending})

    def _end(self, transactional_id: str, transaction: Transaction, committed: bool) -> None:
        transaction.committed = committed
        self._ending[transactional_id] = asyncio.ensure_future(self._mark(transaction))

    async def _mark(self, transaction: Transaction) -> None:
        """Markers go to each partition on its own, offsets are one of them."""
        places: list[TopicPartition | Mapping[TopicPartition, int]] = sorted(transaction.partitions)
        places.append(transaction.offsets)
        self._chance.shuffle(places)
        for place in places:
            if self._chance.random() < 0.3:
                await asyncio.sleep(self._chance.random() / 10)
            if isinstance(place, TopicPartition):
                self.logs[place].mark(transaction)
            elif transaction.committed:
                self.offsets.update(place)
