"""Latency of the video fold at 2,000 events/s: from the producer's timestamp to the change consumed."""

import uuid
from collections.abc import Iterator
from typing import NamedTuple

from bench.broker import Broker
from bench.engines import kafka_streams, ours
from bench.engines.engine import AT_LEAST_ONCE, EXACTLY_ONCE, GUARANTEES, Engine, sink
from bench.figures import Figure, Target, ratios
from bench.measures.pace import Pace
from bench.sizes import Sizes

NAME = "latency"
PER_S = 2_000

_ENGINES = (ours.ONE, kafka_streams.QUICK)
_P99 = {AT_LEAST_ONCE: Target(1, at_most=True), EXACTLY_ONCE: Target(1 / 3, at_most=True)}
_UNBOUNDED = 1 << 62


class Latency(NamedTuple):
    """Of one run, in milliseconds."""

    p50: float
    p99: float
    sender_late: float


Runs = dict[str, list[Latency]]


def measure(broker: Broker, sizes: Sizes) -> Iterator[Figure]:
    """Both engines in turns, on the same load."""
    # A broker that has just started is not warm either.
    _measure_once(broker, ours.ONE, AT_LEAST_ONCE, sizes._replace(latency_s=sizes.warm_up_s))
    runs: dict[str, Runs] = {guarantee: {engine.name: [] for engine in _ENGINES} for guarantee in GUARANTEES}
    for _ in range(sizes.runs):
        for guarantee in GUARANTEES:
            for engine in _ENGINES:
                latency = _measure_once(broker, engine, guarantee, sizes)
                runs[guarantee][engine.name].append(latency)
    for guarantee in GUARANTEES:
        yield from _figures(guarantee, runs[guarantee])


def _measure_once(broker: Broker, engine: Engine, guarantee: str, sizes: Sizes) -> Latency:
    run = f"run-{uuid.uuid4().hex[:8]}"
    source = f"{run}-events"
    broker.create(source)
    with engine.running(broker, run, source, guarantee, _UNBOUNDED) as processes:
        pace = Pace(broker, source, sink(run))
        taken = pace.run(PER_S, sizes.warm_up_s, sizes.latency_s, processes)
    return Latency(percentile(taken, 0.5), percentile(taken, 0.99), pace.late_s * 1000)


def _figures(guarantee: str, runs: Runs) -> Iterator[Figure]:
    for name, latencies in runs.items():
        yield Figure(NAME, guarantee, name, "p50 ms", [latency.p50 for latency in latencies])
        yield Figure(NAME, guarantee, name, "p99 ms", [latency.p99 for latency in latencies])
        late = [latency.sender_late for latency in latencies]
        yield Figure(NAME, guarantee, name, "sender late at most, ms", late)
    we, they = (runs[engine.name] for engine in _ENGINES)
    p99 = ratios([latency.p99 for latency in we], [latency.p99 for latency in they])
    what = " / ".join(engine.name for engine in _ENGINES)
    yield Figure(NAME, guarantee, what, "p99, ratio", p99, _P99[guarantee])


def percentile(values: list[float], share: float) -> float:
    """The least value that `share` of all do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
