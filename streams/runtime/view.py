"""The published state of one task, for readers outside of its step."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from streams.runtime.generations import Generations
from streams.runtime.reader import Reader
from streams.runtime.records import Batch, Effects, Record
from streams.runtime.step import Step, StepContext, StepSpec
from streams.runtime.table import Codec, Table

Build = Callable[[StepContext], Step]

_REHEARSAL_OBJECTS = 1_000


class View:
    """Reads what was published; unlike the step's tables, of no unfinished batch.

    `in_flight` are the effects that are being made durable: they may be seen in Kafka before they are here.
    """

    def __init__(
        self,
        spec: StepSpec,
        partition: int,
        partitions: int,
        reader: Reader,
        in_flight: Sequence[Effects] = (),
    ) -> None:
        self._spec = spec
        self._partition = partition
        self._partitions = partitions
        self._reader = reader
        self._tables = {table.name: table for table in spec.tables}
        self.in_flight = in_flight

    def get(self, table: str, keys: Sequence[bytes]) -> list[Any]:
        """The values of `keys`, in their order; None where there is none."""
        decode = self._tables[table].codec.decode
        stored = self._reader.get(table, list(keys))
        return [None if data is None else decode(data) for data in stored]

    def scan(
        self, table: str, start: bytes, stop: bytes, limit: int, codec: Codec[Any] | None = None
    ) -> list[tuple[bytes, Any]]:
        """Up to `limit` entries with `start` <= key < `stop`, in key order; `codec` may decode a part."""
        decode = (codec or self._tables[table].codec).decode
        return [(key, decode(data)) for key, data in self._reader.scan(table, start, stop, limit)]

    def rehearse(
        self, build: Build, pieces: Iterable[Mapping[str, Sequence[Record]]], now: int
    ) -> Iterator[Mapping[str, Table[Any]]]:
        """The tables as they would be if `pieces` of records (by full topic name) came at `now`: the same
        ones after each piece. Writes nothing.

        `build` makes the step: one that nobody counts what it does.
        """
        generations = Generations(_REHEARSAL_OBJECTS)
        tables = {
            table.name: Table(table.name, table.codec, self._reader, generations)
            for table in self._spec.tables
        }
        step = build(StepContext(self._partition, self._partitions, tables))
        for records in pieces:
            # Nobody is told of what a finished batch would be told of.
            batch = Batch(self._spec.name, self._partition, 0, records, unfinished=True)
            list(step.process(batch, now))
            yield tables
