"""Protobuf as Prometheus wants it, read back here; tests/kafka has a real Prometheus read it."""

import struct
from collections.abc import Iterator

import pytest
from prometheus_client.metrics_core import CounterMetricFamily

from streams.metrics import declarations as declared
from streams.metrics.instruments import SCHEMA, Distribution, Instruments
from streams.metrics.protobuf import _spans, encode


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def fields(data: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """Number and value of each field of a message."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        if tag & 7 == 0:
            value, at = _varint(data, at)
            yield tag >> 3, value
        elif tag & 7 == 1:
            yield tag >> 3, struct.unpack_from("<d", data, at)[0]
            at += 8
        else:
            length, at = _varint(data, at)
            yield tag >> 3, data[at : at + length]
            at += length


def delimited(data: bytes) -> Iterator[dict[int, list[int | float | bytes]]]:
    """The messages, each with its fields by number."""
    at = 0
    while at < len(data):
        length, at = _varint(data, at)
        yield grouped(data[at : at + length])
        at += length


def grouped(data: int | float | bytes) -> dict[int, list[int | float | bytes]]:
    assert isinstance(data, bytes)
    found: dict[int, list[int | float | bytes]] = {}
    for number, value in fields(data):
        found.setdefault(number, []).append(value)
    return found


def test_a_counter() -> None:
    family = CounterMetricFamily("letters", "Letters.", labels=["code"])
    family.add_metric(["bad"], 3)
    [message] = delimited(encode([family], Instruments()))
    assert message[1] == [b"letters_total"]
    assert message[3] == [0]
    metric = grouped(message[4][0])
    assert grouped(metric[1][0]) == {1: [b"code"], 2: [b"bad"]}
    assert grouped(metric[3][0]) == {1: [3.0]}


def test_a_histogram_has_classic_and_native_buckets() -> None:
    instruments = Instruments()
    latency = instruments.distribution(declared.EVENT_TO_STATUS, "links")
    for value, times in ((0.0, 2), (0.02, 3), (0.021, 1), (1.0, 5)):
        latency.observe(value, times)
    [message] = delimited(encode([], instruments))
    histogram = grouped(grouped(message[4][0])[7][0])
    assert histogram[1] == [11]
    assert histogram[2] == [pytest.approx(5.081)]
    classic = [grouped(bucket) for bucket in histogram[3]]
    assert [bucket[1][0] for bucket in classic][:4] == [2, 2, 6, 6]
    assert classic[-1] == {1: [11], 2: [float("inf")]}
    assert (histogram[5], histogram[7]) == ([SCHEMA << 1], [2])
    assert len(histogram[13]) == len(latency.native)


def test_native_buckets_are_as_wide_as_their_schema_says() -> None:
    distribution = Distribution((1,))
    for value in (1.0, 2.0, 2.0001, 0.5):
        distribution.observe(value)
    assert distribution.native == {0: 1, 8: 1, 9: 1, -8: 1}


@pytest.mark.parametrize(
    ("native", "spans"),
    [
        ({}, []),
        ({5: 1}, [(5, [1])]),
        ({-3: 1, -2: 4, 0: 2, 1: 3, 9: 7}, [(-3, [1, 4]), (1, [2, 3]), (7, [7])]),
    ],
)
def test_runs_of_buckets(native: dict[int, int], spans: list[tuple[int, list[int]]]) -> None:
    assert list(_spans(native)) == spans
