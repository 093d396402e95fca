"""Reading from here to there: ends by position, takes nothing from beyond, keeps each partition's order."""

import asyncio
from collections.abc import Iterable
from math import inf
from typing import Any, cast

import pytest
from aiokafka.structs import TopicPartition

from streams import reading
from streams.runtime.connection import Connection
from tests.runtime.counting import turns_during
from tests.runtime.fakes import Broker, Reader, Sent

FIRST, SECOND = TopicPartition("in", 0), TopicPartition("in", 1)


def read(
    spans: Iterable[reading.Span], hidden: Iterable[int] = (), enough: float = inf
) -> dict[TopicPartition, list[int]]:
    """The offsets that are read of two partitions with 10 records each; `hidden` ones are markers."""
    broker = Broker()
    for tp in (FIRST, SECOND):
        broker.logs[tp] = [Sent(tp.partition, offset, None, None) for offset in range(10)]

    async def work() -> dict[TopicPartition, list[int]]:
        found: dict[TopicPartition, list[int]] = {}
        async for tp, records in reading.read(Reader(broker, hidden, chunk=3), spans, enough=enough):
            found.setdefault(tp, []).extend(record.offset for record in records)
        return found

    return asyncio.run(asyncio.wait_for(work(), 10))


def test_each_span_is_read_from_its_start_to_its_end() -> None:
    spans = [(FIRST, range(2, 9)), (SECOND, range(0, 4))]
    assert read(spans) == {FIRST: list(range(2, 9)), SECOND: list(range(4))}


def test_it_ends_where_only_markers_are_left() -> None:
    assert read([(FIRST, range(0, 10))], hidden=[4, 8, 9]) == {FIRST: [0, 1, 2, 3, 5, 6, 7]}


def test_records_that_are_enough_are_counted_not_offsets() -> None:
    spans = [(FIRST, range(10)), (SECOND, range(10))]
    assert read(spans, hidden=[0, 1, 2], enough=3) == {FIRST: [3, 4, 5], SECOND: [3, 4, 5]}


def test_nothing_is_read_of_what_is_empty() -> None:
    assert read([]) == {}
    assert read([(FIRST, range(0)), (SECOND, range(5, 2))]) == {}
    assert read([(FIRST, range(0)), (SECOND, range(9, 10))]) == {SECOND: [9]}


def test_who_waits_gets_a_turn_after_each_chunk() -> None:
    async def all_of_it() -> None:
        broker = Broker()
        broker.logs[FIRST] = [Sent(0, offset, None, None) for offset in range(10)]
        async for _ in reading.read(Reader(broker, chunk=1), [(FIRST, range(10))]):
            pass

    assert asyncio.run(turns_during(all_of_it())) >= 10


def test_what_is_committed_is_read_from_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "AIOKafkaConsumer", dict)
    how = {"isolation_level": "read_committed", "auto_offset_reset": "earliest", "enable_auto_commit": False}
    assert how.items() <= cast(Any, reading.new_reader(Connection("nowhere:9092"))).items()


def test_a_consumer_that_is_hard_to_close_hides_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stubborn:
        def __init__(self, **_: object) -> None: ...

        async def start(self) -> None: ...

        async def stop(self) -> None:
            raise asyncio.CancelledError  # of a task of its own

    async def work() -> None:
        async with reading.reader(Connection("nowhere:9092")):
            raise LookupError

    monkeypatch.setattr(reading, "AIOKafkaConsumer", Stubborn)
    with pytest.raises(LookupError):
        asyncio.run(work())
