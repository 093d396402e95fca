"""Fetched record batches become records: each once, in order, none of them aborted."""

import gc
import struct
import weakref
from collections.abc import Sequence

import pytest
from aiokafka.codec import gzip_encode
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from streams.runtime.fetch import Fetched, PartitionRecords

COMMITTED, UNCOMMITTED = 1, 0
ABORT = struct.pack(">HH", 0, 0)
COMMIT = struct.pack(">HH", 0, 1)
TRANSACTIONAL, CONTROL = 0x10, 0x20
_BASE_OFFSET, _ATTRIBUTES, _CRC, _RECORDS = 0, 21, 17, 61


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
    return PartitionRecords(tp, Fetched(data), list(aborted), position, None, None, check_crcs, isolation)


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


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("log_append_time", [False, True])
def test_header_names_that_are_no_utf_8_are_read_as_java_does(
    compressed: bool, log_append_time: bool
) -> None:
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
    headers = [("odd", b"1"), ("none", None), ("ünï", b"")]
    for offset, (key, value) in enumerate([(b"k", b"v"), (None, b"w"), (b"", None)]):
        builder.append(offset, 1_000 + offset, key, value, headers)
    raw = bytes(builder.build()).replace(b"odd", b"o\xff\xfe")
    head, records = raw[:_RECORDS], raw[_RECORDS:]
    if compressed:
        records = gzip_encode(records)
    odd = bytearray(head + records)
    struct.pack_into(">i", odd, 8, len(odd) - 12)
    struct.pack_into(">H", odd, _ATTRIBUTES, compressed | log_append_time << 3)
    data = record_batch(0, [b"before"]) + at_offset(bytes(odd), 1) + record_batch(4, [b"after"])
    first, *found, last = fetched(data).take(9)
    assert (first.value, last.value) == (b"before", b"after")
    assert [(each.offset, each.key, each.value) for each in found] == [
        (1, b"k", b"v"), (2, None, b"w"), (3, b"", None),
    ]  # fmt: skip
    assert [each.timestamp for each in found] == ([1_002] * 3 if log_append_time else [1_000, 1_001, 1_002])
    assert all(list(each.headers) == [("o\ufffd\ufffd", b"1"), *headers[1:]] for each in found)


def at_offset(batch: bytes, base: int) -> bytes:
    return struct.pack(">q", base) + batch[8:]
