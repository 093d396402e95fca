"""What the runtime asks of a step."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from streams.runtime.records import Batch, Outgoing
from streams.runtime.table import Codec, Table

TaskId = tuple[str, int]
"""A step's name and a partition: of them a worker has a task."""


class Halt(Exception):
    """Raised by a step that takes no more: its batch has no effect, and the task stands still.

    The worker keeps its partitions, so that no other runs into the same.
    """


class Step(Protocol):
    """One step of a topology on one partition. It is called by one task at a time and never awaits."""

    def process(self, batch: Batch, now: int) -> Iterable[Outgoing]:
        """Fold `batch` (it may be empty) and every deadline up to `now` (epoch milliseconds) into the tables.

        A large batch comes in pieces; those of one are at the same `now`, and take effect together. Returns
        the records to send, in order. Anything raised but Halt stops the worker before the batch has had any
        effect.
        """

    def deadline(self) -> int | None:
        """When `process` wants to be called next even without records, in epoch milliseconds."""


class TableSpec(NamedTuple):
    """A table of a step: its name, the full name of its changelog topic, and how its values are encoded."""

    name: str
    changelog: str
    codec: Codec[Any]


def never() -> bool:
    """What is congested at no time."""
    return False


Admission = Callable[[float], bool]
"""Is asked, with the seconds since it was made, whether what came of a batch takes effect now. Or it raises
Halt, and nothing does.
"""


def at_once(batch: Batch, outputs: Sequence[Outgoing]) -> Admission:
    """Every batch takes effect at once."""
    return lambda waited_s: True


class StepContext(NamedTuple):
    """What a step is built with: its partition, how many there are, its tables by name, and whether this
    worker has yet to process a lot of what steps like this one sent to its other steps.
    """

    partition: int
    partitions: int
    tables: Mapping[str, Table[Any]]
    congested: Callable[[], bool] = never


class StepSpec(NamedTuple):
    """A step of the topology: co-partitioned input topics (full names), tables, and how to build it for a
    partition.

    `feeds` are the topics (full names) of other steps that it sends much to by itself: while it is congested
    its deadlines wait. `admission` is made for each batch and what came of it.
    """

    name: str
    topics: tuple[str, ...]
    tables: tuple[TableSpec, ...]
    build: Callable[[StepContext], Step]
    feeds: frozenset[str] = frozenset()
    admission: Callable[[Batch, Sequence[Outgoing]], Admission] = at_once
