"""What metrics are counted in: plain numbers, since a batch touches dozens. Read when Prometheus asks."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from math import ceil, log2

from streams.metrics.declarations import Metric

Labels = tuple[str, ...]
"""Values of a metric's labels, in their order."""

Read = Callable[[], Mapping[Labels, float]]
"""What a metric is now."""


SCHEMA = 3
"""Of native buckets: 2**3 of them from each power of two to the next, so each is 9% wide."""

_IN_A_DOUBLING = 2**SCHEMA

ZERO = 2.0**-10
"""Up to this a value counts as zero in native buckets: times are known in milliseconds."""


class Distribution:
    """Values in buckets: bucket i counts those up to `bounds[i]`, the last one all that are above.

    `native` has them in Prometheus's native buckets, too: bucket i counts those up to 2**(i / 2**SCHEMA).
    """

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0
        self.native: Counter[int] = Counter()
        self.zeros = 0

    def observe(self, value: float, times: int = 1) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += times
        self.sum += value * times
        if value <= ZERO:
            self.zeros += times
        else:
            self.native[ceil(log2(value) * _IN_A_DOUBLING)] += times


class Instruments:
    """The counters and histograms of one worker; `reads` has what is looked up elsewhere, when asked."""

    def __init__(self) -> None:
        self.counters: dict[str, Counter[Labels]] = {}
        self.histograms: dict[str, dict[Labels, Distribution]] = {}
        self.reads: dict[str, Read] = {}

    def counter(self, metric: Metric) -> Counter[Labels]:
        """A counter by the values of its labels."""
        return self.counters.setdefault(metric.name, Counter())

    def distribution(self, metric: Metric, *labels: str) -> Distribution:
        """A histogram for these labels."""
        known = self.histograms.setdefault(metric.name, {})
        if labels not in known:
            known[labels] = Distribution(metric.buckets)
        return known[labels]

    def read(self, metric: Metric, read: Read) -> None:
        """From now on `read` tells what `metric` is."""
        self.reads[metric.name] = read

    def value(self, metric: Metric, read: Callable[[], float | None]) -> None:
        """The same for a metric without labels; None while it cannot be told."""

        def given() -> Mapping[Labels, float]:
            found = read()
            return {} if found is None else {(): found}

        self.read(metric, given)


def counted(values: Mapping[str, float]) -> Mapping[Labels, float]:
    """The values of a metric with one label."""
    return {(label,): value for label, value in values.items()}
