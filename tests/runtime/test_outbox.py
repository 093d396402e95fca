"""Records leave in batches, in order for each partition, and a failure is not missed."""

import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaTimeoutError

from streams.runtime.compression import LARGE_BYTES, MANY_BYTES
from streams.runtime.outbox import Outbox, Packer
from streams.runtime.partitioner import partition_for
from streams.runtime.producer import Undelivered
from streams.runtime.records import Outgoing
from tests.runtime.fakes import Broker, Builder, Producer

COUNTS = {"out": 4, "log": 4}


def outbox(broker: Broker, room: int = 2) -> Outbox:
    return Outbox(Producer(broker, room=room), COUNTS)


@pytest.mark.parametrize("room", [1, 2, 100])
def test_records_go_where_their_key_belongs_in_their_order(room: int) -> None:
    broker = Broker()
    outputs = [Outgoing("out", b"k%d" % (number % 5), b"%d" % number) for number in range(30)]
    asyncio.run(outbox(broker, room).write(outputs, {}, 0))
    for partition in range(4):
        expected = [out.value for out in outputs if partition_for(out.key or b"", 4) == partition]
        assert broker.values("out", partition) == expected


def test_a_record_goes_to_the_partition_that_it_names() -> None:
    broker = Broker()
    asyncio.run(outbox(broker).write([Outgoing("out", b"k", b"v", [("h", None)], partition=3)], {}, 0))
    ((record,),) = broker.logs.values()
    assert (record.partition, record.key, record.value, record.headers) == (3, b"k", b"v", [("h", None)])


def test_a_record_without_a_key_goes_somewhere() -> None:
    broker = Broker()
    asyncio.run(outbox(broker).write([Outgoing("out", None, b"v")], {}, 0))
    ((record,),) = broker.logs.values()
    assert (record.key, record.value) == (None, b"v")


@pytest.mark.parametrize("room", [1, 2, 3, 100])
def test_changes_of_tables_go_to_their_own_partition_and_say_how_far_they_reach(room: int) -> None:
    broker = Broker()
    writes = [(b"k%d" % number, None if number == 2 else b"%d" % number) for number in range(5)]
    box = outbox(broker, room)
    assert asyncio.run(box.write([], {"log": writes, "none": []}, 3)) == {"log": 5}
    assert broker.values("log", 3) == [b"0", b"1", None, b"3", b"4"]
    assert asyncio.run(box.write([], {"log": writes[:1]}, 3)) == {"log": 6}


def test_outputs_and_changes_of_tables_leave_together() -> None:
    broker = Broker()
    outputs = [Outgoing("out", b"k", b"%d" % number, [], 1) for number in range(2)]
    assert asyncio.run(outbox(broker).write(outputs, {"log": [(b"k", b"v")]}, 3)) == {"log": 1}
    assert broker.journal == ["write log out", "written"]


def test_what_is_refused_is_told() -> None:
    broker = Broker()
    broker.failures = [KafkaTimeoutError()]
    with pytest.raises(Undelivered, match="out: KafkaTimeout"):
        asyncio.run(outbox(broker).write([Outgoing("out", None, b"v")], {}, 0))


def test_nothing_to_send_sends_nothing() -> None:
    broker = Broker()
    assert asyncio.run(outbox(broker).write([], {"log": []}, 0)) == {}
    assert broker.journal == []


@pytest.mark.parametrize(
    ("sizes", "compressed"),
    [([1], False), ([8_190], False), ([8_191], True), ([2_800] * 3, True), ([], False)],
)
def test_what_is_small_is_not_compressed(sizes: list[int], compressed: bool) -> None:
    asked: list[int] = []
    outputs = [Outgoing("out", b"k", b"v" * size) for size in sizes]
    Packer(asking(asked), COUNTS).pack([*outputs, Outgoing("out", None, None, partition=0)], {}, 0)
    assert (max(asked) >= MANY_BYTES) == compressed


def test_keys_and_headers_have_a_size_too() -> None:
    for large in (
        Outgoing("out", b"k" * 9_000, b"v"),
        Outgoing("out", b"k", b"v", [("h" * 98, b"h" * 8_900), ("n", None)]),
    ):
        asked: list[int] = []
        Packer(asking(asked), COUNTS).pack([large], {}, 0)
        assert asked == [9_001]


def test_a_record_that_is_too_large_for_a_batch_says_so() -> None:
    asked: list[int] = []
    outputs = [Outgoing("out", None, b"v" * size, partition=0) for size in (10_000, 2_000_000, 10)]
    Packer(asking(asked, room=1), COUNTS).pack(outputs, {}, 0)
    assert [size >= LARGE_BYTES for size in asked] == [False, True, False]


def asking(asked: list[int], room: int = 100) -> Any:
    """Makes batches, and notes for which sizes."""

    def new_batch(size: int) -> Any:
        asked.append(size)
        return Builder(room)

    return new_batch
