"""Every declared metric is there, and all of them together are few, with every label that there can be."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.structs import TopicPartition
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from schemas.registry import TOPICS
from streams.dead_letters import CODES, dead_letter
from streams.folded import Folded
from streams.metrics import declarations as declared
from streams.metrics.batches import Batches
from streams.metrics.census import Census
from streams.metrics.declarations import Kind
from streams.metrics.exposition import registry_of
from streams.metrics.instruments import Instruments
from streams.metrics.page import PATH, page
from streams.metrics.readings import read_build, read_disk, read_links, read_runtime
from streams.metrics.web import read_health, read_streams
from streams.origin import Origin, Source
from streams.runtime.durations import Durations
from streams.runtime.exactly_once import OUTCOMES
from streams.runtime.lag import Lag
from streams.runtime.records import Batch, Effects, Outgoing
from streams.runtime.restore import Restorations
from streams.topics import Name, Topics
from streams.topology import steps
from streams.web.routes import ROUTES
from tests.support.broker import Stored

NOW = 1_800_000_000_000
PARTITIONS = 8
PREFIX = "shop-"
MOST = 500


@pytest.fixture
def registry(tmp_path: Path) -> CollectorRegistry:
    """A worker that has had everything happen to it."""
    instruments = Instruments()
    topics = Topics.load(PREFIX)
    _batches(Batches(instruments, topics, lambda: NOW), topics)
    read_runtime(instruments, cast(Any, _app()))
    read_links(instruments, Census(), lambda: NOW)
    read_disk(instruments, tmp_path)
    read_build(instruments, "exactly_once")
    healthy = SimpleNamespace(ok=True, reason="")
    health = SimpleNamespace(live=lambda: healthy, ready=lambda: healthy, stalled_s=0.0, input_stopped=False)
    read_health(instruments, cast(Any, health))
    read_streams(instruments, cast(Any, []))
    instruments.value(declared.TIMERS_LATE, lambda: 0)
    _requests(instruments)
    return registry_of(instruments)


def _batches(batches: Batches, topics: Topics) -> None:
    """A batch of each step in which every topic has had every event, and every dead letter."""
    events = {topic: schema.types for topic, schema in TOPICS.items()}
    creators = ("video-links", "seller-decisions", "invite-expiries", "moderation")
    of_creators = {kind for name in creators for kind in events[name]}
    events |= {"events-by-creator": frozenset(of_creators), "events-by-product": events["inventory"]}
    for spec in steps(topics, 1):
        names = [name.removeprefix(PREFIX) for name in spec.topics]
        taken = Counter((PREFIX + name, kind) for name in names for kind in events[name])
        records = {PREFIX + name: [Stored(0, 0, None, None, [], NOW)] * 9 for name in names}
        outputs = [
            Outgoing(topics.full_name(name), None, b"") for name in Name if name is not Name.DEAD_LETTERS
        ]
        outputs += [_letter(topics, name, code) for name in names for code in CODES]
        effects = Effects(outputs, {}, {})
        batches.finished(Batch(spec.name, 0, 0, records), effects, Folded(taken), 0.1, 0.1)


def _letter(topics: Topics, name: str, code: str) -> Outgoing:
    origin = Origin(Source(PREFIX + name, 0, 0), None, None, [])
    return dead_letter(topics.full_name(Name.DEAD_LETTERS), origin, code, "", NOW)


def _app() -> SimpleNamespace:
    lag = Lag(lambda: NOW)
    inputs = [name for spec in steps(Topics.load(PREFIX), 1) for name in spec.topics]
    every = {TopicPartition(name, number): 9 for name in inputs for number in range(PARTITIONS)}
    lag.begin(every)
    lag.answered(every)
    store = SimpleNamespace(keys=5, bytes=9)
    tasks = _Sized(
        waiting={}, missing=(),
        stores=[("links", store), ("stock", store)], cache=SimpleNamespace(hits=1, misses=1),
        restoration=Restorations(),
    )  # fmt: skip
    return SimpleNamespace(
        tasks=tasks,
        rebalances=Durations(),
        lag=lag,
        transactions=Counter(OUTCOMES),
        inputs=SimpleNamespace(missed=Counter(inputs), grown=()),
        config=SimpleNamespace(group="g"),
    )


class _Sized(SimpleNamespace):
    def __len__(self) -> int:
        return 2 * PARTITIONS


def _requests(instruments: Instruments) -> None:
    requests = instruments.counter(declared.WEB_REQUESTS)
    for route in [*{route.path for route in ROUTES}, "other"]:
        for status in ("2xx", "3xx", "4xx", "5xx"):
            requests[route, status] += 1
    instruments.distribution(declared.WEB_SECONDS)


def test_every_declared_metric_is_served_as_declared(registry: CollectorRegistry) -> None:
    served = {family.name: family for family in text_string_to_metric_families(text(registry))}
    for metric in declared.ALL:
        family = served[metric.name.removesuffix("_total")]
        assert family.type == metric.kind
        assert family.documentation == metric.meaning
        for sample in family.samples:
            assert set(sample.labels) - {"le"} == set(metric.labels)


def test_series_are_few(registry: CollectorRegistry) -> None:
    series = [line for line in text(registry).splitlines() if not line.startswith("#")]
    assert len(series) <= MOST, Counter(line.partition("{")[0] for line in series).most_common(9)


def test_names_are_as_prometheus_wants_them() -> None:
    for metric in declared.ALL:
        assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER), metric.name
        assert bool(metric.buckets) == (metric.kind is Kind.HISTOGRAM), metric.name
        assert metric.meaning.endswith("."), metric.name
        if metric.unit in ("seconds", "bytes"):
            assert f"_{metric.unit}" in metric.name, metric.name
    assert len({metric.name for metric in declared.ALL}) == len(declared.ALL)


def test_the_page_is_fresh() -> None:
    assert PATH.read_text() == page(), "make contracts"


def text(registry: CollectorRegistry) -> str:
    return generate_latest(registry).decode()
