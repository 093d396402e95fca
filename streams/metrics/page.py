"""docs/metrics.md, made from the declarations: `python -m streams.metrics.page`."""

from pathlib import Path

from streams.metrics import declarations
from streams.metrics.declarations import Kind, Metric

PATH = Path(__file__).parents[2] / "docs" / "metrics.md"

_HEAD = """\
# Metrics

Made from `streams/metrics/declarations.py` by `make contracts`. Every worker serves them at `/metrics`.
No label has an id, and a worker has at most 500 series, however many links there are. Each worker tells of
itself: sums and maxima over workers are Prometheus's to make. Lags have the names of kafka-lag-exporter
(without `cluster_name`). Besides, there are prometheus-client's `process_*`.

What to do about them: [runbook.md](runbook.md). Rules and dashboard: `ops/`.

| metric | type, unit | meaning | labels |
|---|---|---|---|
"""


def page() -> str:
    """The page."""
    return _HEAD + "".join(map(_row, declarations.ALL))


def _row(metric: Metric) -> str:
    labels = "<br>".join(f"`{name}`: {meaning}" for name, meaning in metric.labels.items())
    what = f"{metric.kind}, {metric.unit}" if metric.unit else metric.kind
    return f"| `{metric.name}` | {what} | {metric.meaning}{_buckets(metric)} | {labels} |\n"


def _buckets(metric: Metric) -> str:
    bounds = ", ".join(f"{bound:g}" for bound in metric.buckets)
    native = " And native ones." if metric.native else ""
    return f" Buckets: {bounds}.{native}" if metric.kind is Kind.HISTOGRAM else ""


if __name__ == "__main__":
    PATH.write_text(page())
