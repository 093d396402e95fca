"""Metrics in Prometheus's protobuf format, the only one that has native histograms.

Written by hand, as there are so few kinds of field: prometheus-client has no protobuf, and generated code
would need a compiler. Numbers of fields: prometheus/client_model, io/prometheus/client/metrics.proto.
"""

import struct
from collections.abc import Iterable, Mapping

from prometheus_client.metrics_core import Metric as Family

from streams.metrics import declarations
from streams.metrics.declarations import Metric
from streams.metrics.instruments import SCHEMA, ZERO, Distribution, Instruments

CONTENT_TYPE = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
_VARINT, _DOUBLE, _BYTES = 0, 1, 2
_TYPES = {"counter": 0, "gauge": 1, "histogram": 4}
_VALUES = {"counter": 3, "gauge": 2}


def encode(families: Iterable[Family], instruments: Instruments) -> bytes:
    """Families that are no histograms as they are; histograms with classic and native buckets."""
    written = [_family(family) for family in families if family.type in _VALUES]
    written += [
        _histogram_family(metric, instruments.histograms[metric.name])
        for metric in declarations.ALL
        if metric.name in instruments.histograms
    ]
    return b"".join(_varint(len(message)) + message for message in written)


def _family(family: Family) -> bytes:
    name = family.samples[0].name if family.samples else family.name
    field = _VALUES[family.type]
    metrics = [
        _labels(sample.labels) + _message(field, _number(1, sample.value)) for sample in family.samples
    ]
    return _head(name, family.documentation, family.type) + b"".join(_message(4, each) for each in metrics)


def _histogram_family(metric: Metric, found: Mapping[tuple[str, ...], Distribution]) -> bytes:
    metrics = [
        _labels(dict(zip(metric.labels, labels, strict=True))) + _message(7, _histogram(metric, distribution))
        for labels, distribution in found.items()
    ]
    return _head(metric.name, metric.meaning, metric.kind) + b"".join(_message(4, each) for each in metrics)


def _histogram(metric: Metric, distribution: Distribution) -> bytes:
    count, buckets = 0, b""
    for bound, number in zip((*distribution.bounds, float("inf")), distribution.counts, strict=True):
        count += number
        buckets += _message(3, _integer(1, count) + _number(2, bound))
    native = _native(distribution) if metric.native else b""
    return _integer(1, count) + _number(2, distribution.sum) + buckets + native


def _native(distribution: Distribution) -> bytes:
    head = _integer(5, _zigzag(SCHEMA)) + _number(6, ZERO) + _integer(7, distribution.zeros)
    spans, deltas, before = b"", b"", 0
    for offset, counts in _spans(distribution.native):
        spans += _message(12, _integer(1, _zigzag(offset)) + _integer(2, len(counts)))
        for count in counts:
            deltas += _integer(13, _zigzag(count - before))
            before = count
    # A span of no buckets says that there are native ones, though none has a value yet.
    return head + (spans or _message(12, _integer(1, 0) + _integer(2, 0))) + deltas


def _spans(native: Mapping[int, int]) -> list[tuple[int, list[int]]]:
    """Runs of buckets: how far each is from the end of the one before (the first from 0), and its counts."""
    runs: list[tuple[int, list[int]]] = []
    end = 0
    for index in sorted(native):
        if not runs or index != end:
            runs.append((index - end, []))
        runs[-1][1].append(native[index])
        end = index + 1
    return runs


def _head(name: str, meaning: str, kind: str) -> bytes:
    return _message(1, name.encode()) + _message(2, meaning.encode()) + _integer(3, _TYPES[kind])


def _labels(labels: Mapping[str, str]) -> bytes:
    pairs = (_message(1, name.encode()) + _message(2, value.encode()) for name, value in labels.items())
    return b"".join(_message(1, pair) for pair in pairs)


def _message(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | _BYTES) + _varint(len(content)) + content


def _number(field: int, value: float) -> bytes:
    return _varint(field << 3 | _DOUBLE) + struct.pack("<d", value)


def _integer(field: int, value: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(value)


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
