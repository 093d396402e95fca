"""Fetched record batches become records: each once, in order, none of them aborted."""

import gc
import struct
import weakref
from collections.abc import Sequence

import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from streams.runtime.fetch import PartitionRecords

COMMITTED, UNCOMMITTED = 1, 0
ABORT = struct.pack(">HH", 0, 0)
COMMIT = struct.pack(">HH", 0, 1)
TRANSACTIONAL, CONTROL = 0x10, 0x20
_BASE_OFFSET, _ATTRIBUTES, _CRC = 0, 21, 17


def record_batch(base: int, values: Sequence[bytes], producer: int = -1, control: bool = False) -> bytes:
    transactional = producer >= 0
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=transactional,
        producer_id=producer,
        producer_epoch=0,
        base_sequence=0,
        batch_size=1 << 20,
    )
    for offset, value in enumerate(values):
        builder.append(offset, 0, value if control else b"key", value, [])
    raw = builder.build()
    struct.pack_into(">q", raw, _BASE_OFFSET, base)
    if control:
        struct.pack_into(">H", raw, _ATTRIBUTES, TRANSACTIONAL | CONTROL)
    return bytes(raw)


def fetched(
    data: bytes,
    position: int = 0,
    aborted: Sequence[tuple[int, int]] = (),
    isolation: int = COMMITTED,
    check_crcs: bool = False,
) -> PartitionRecords:
    tp = TopicPartition("t", 0)
    return PartitionRecords(
        tp, MemoryRecords(data), list(aborted), position, None, None, check_crcs, isolation
    )


@given(st.lists(st.integers(1, 7), min_size=1, max_size=6), st.integers(0, 10), st.integers(1, 9))
def test_each_record_once(sizes: list[int], position: int, limit: int) -> None:
    data, end = b"", 0
    for size in sizes:
        data += record_batch(end, [b"%d" % (end + place) for place in range(size)])
        end += size
    position = min(position, end)
    records = fetched(data, position)
    found: list[int] = []
    while taken := records.take(limit):
        found += [record.offset for record in taken]
        assert len(taken) <= limit
        assert records.next_fetch_offset == found[-1] + 1
        assert [record.value for record in taken] == [b"%d" % record.offset for record in taken]
    assert found == list(range(position, end))
    assert records.next_fetch_offset == end


def test_aborted_records_and_markers_are_passed() -> None:
    data = (
        record_batch(0, [b"a", b"b"], producer=1)
        + record_batch(2, [b"c"], producer=2)
        + record_batch(3, [ABORT], producer=1, control=True)
        + record_batch(4, [b"d"], producer=1)
        + record_batch(5, [COMMIT], producer=2, control=True)
        + record_batch(6, [COMMIT], producer=1, control=True)
    )
    committed = fetched(data, aborted=[(1, 0)])
    assert [record.value for record in committed.take(10)] == [b"c", b"d"]
    assert committed.next_fetch_offset == 7
    everything = fetched(data, aborted=[(1, 0)], isolation=UNCOMMITTED)
    assert [record.value for record in everything.take(10)] == [b"a", b"b", b"c", b"d"]


def test_a_broken_record_batch_is_refused() -> None:
    data = bytearray(record_batch(0, [b"a"]))
    data[-1] ^= 1
    with pytest.raises(CorruptRecordException, match="t"):
        fetched(bytes(data), check_crcs=True).take(1)


def test_what_was_taken_is_let_go_of_without_the_garbage_collector() -> None:
    records = fetched(record_batch(0, [b"a", b"b"]))
    gone = weakref.ref(records)
    gc.disable()
    try:
        records.take(2)
        del records
        assert gone() is None
    finally:
        gc.enable()


def test_records_are_still_had_one_by_one() -> None:
    assert [record.value for record in fetched(record_batch(0, [b"a", b"b"]))] == [b"a", b"b"]
