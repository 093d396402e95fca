"""From our numbers to prometheus-client's samples."""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric as Family

from streams.metrics import declarations, protobuf
from streams.metrics.declarations import Kind, Metric
from streams.metrics.instruments import Distribution, Instruments
from streams.web.operations import Exposition


def registry_of(instruments: Instruments) -> CollectorRegistry:
    """A registry of every declared metric that has values, and of the process's own."""
    registry = CollectorRegistry()
    registry.register(_Collector(instruments))
    ProcessCollector(registry=registry)
    return registry


def exposition_of(instruments: Instruments) -> Exposition:
    """All of a worker's metrics: as protobuf for a Prometheus that asks for it, else as text."""
    registry = registry_of(instruments)

    def expose(accept: str) -> tuple[bytes, str]:
        if "application/vnd.google.protobuf" in accept:
            return protobuf.encode(registry.collect(), instruments), protobuf.CONTENT_TYPE
        return generate_latest(registry), CONTENT_TYPE_LATEST

    return expose


class _Collector:
    def __init__(self, instruments: Instruments) -> None:
        self._instruments = instruments

    def collect(self) -> Iterator[Family]:
        for metric in declarations.ALL:
            family = Family(metric.name.removesuffix("_total"), metric.meaning, metric.kind)
            for labels, distribution in self._instruments.histograms.get(metric.name, {}).items():
                _add_buckets(family, metric, labels, distribution)
            for labels, value in self._numbers(metric):
                family.add_sample(metric.name, _named(metric, labels), value)
            if family.samples:
                yield family

    def _numbers(self, metric: Metric) -> Iterable[tuple[tuple[str, ...], float]]:
        if metric.kind is Kind.HISTOGRAM:
            return ()
        read = self._instruments.reads.get(metric.name)
        return (self._instruments.counters.get(metric.name, {}) if read is None else read()).items()


def _add_buckets(family: Family, metric: Metric, labels: tuple[str, ...], distribution: Distribution) -> None:
    named = _named(metric, labels)
    cumulated = list(accumulate(distribution.counts))
    for bound, count in zip((*distribution.bounds, float("inf")), cumulated, strict=True):
        family.add_sample(f"{metric.name}_bucket", {**named, "le": _number(bound)}, count)
    family.add_sample(f"{metric.name}_count", named, cumulated[-1])
    family.add_sample(f"{metric.name}_sum", named, distribution.sum)


def _number(bound: float) -> str:
    return "+Inf" if bound == float("inf") else repr(float(bound))


def _named(metric: Metric, labels: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(metric.labels, labels, strict=True))
