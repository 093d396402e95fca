"""How a batch's effects are made durable: the one interface behind which the processing guarantees differ."""

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from aiokafka.structs import TopicPartition

from streams.runtime.outbox import Writer
from streams.runtime.records import Effects

# A producer asks on for ever where a topic is missing, or has too few replicas in sync. Longer than it takes
# when all tasks fold large batches at once, shorter than the broker keeps a transaction open.
ANSWER_S = 30.0


class CommitFailed(Exception):
    """A batch's effects are not durable, and none will be: its state must go back to the last commit."""


class Refused(Exception):
    """A topic takes no records. Nothing of the batch is durable; it may be published again after `retake`."""


class Commit(Protocol):
    """Makes the effects of one task's batches durable, one batch after the other.

    Order of a batch: `publish`, then the caller writes RocksDB, then `finished`. Where offsets went with the
    changelog the store may follow later (streams/runtime/saving.py).
    """

    async def open(self) -> None:
        """Become the writer of this task, before anything of its state is read. Raises KafkaError."""

    async def publish(self, effects: Effects) -> Mapping[str, int]:
        """Make `effects` durable in Kafka; returns the position reached for each changelog that it wrote.

        Raises CommitFailed, or Refused.
        """

    async def retake(self) -> None:
        """Be fit to publish again what was refused. Raises CommitFailed."""

    def finished(self, effects: Effects) -> None:
        """The state of this batch is on disk, or is to be had from its changelogs."""

    async def close(self) -> None:
        """Let go of connections. An unfinished batch has no effect, or is repeated."""


class Transactional(Writer, Protocol):
    """A producer as the guarantees need it (streams/runtime/producer.py)."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def reach(self, topics: Collection[str]) -> None: ...
    async def begin(self, partitions: Collection[TopicPartition], group: str | None) -> None: ...
    async def send_offsets(self, offsets: Mapping[TopicPartition, int], group: str) -> None: ...
    async def commit(self) -> None: ...


NewProducer = Callable[[str | None], Transactional]
"""Makes an unstarted producer, transactional where an id is given."""
