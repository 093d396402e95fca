"""The video fold against its peers: events a second and CPU an event, until all is durable."""

from collections.abc import Iterator, Sequence
from math import inf
from statistics import median

from bench.broker import Broker
from bench.engines import kafka_streams, ours, quix
from bench.engines.engine import AT_LEAST_ONCE, EXACTLY_ONCE, GUARANTEES, Engine
from bench.figures import Figure, Target, ratios
from bench.measures.timing import Load, Timing, loaded, time_once
from bench.sizes import Sizes

NAME = "video fold"

_OURS = (ours.ONE, ours.TWO)
_TUNED = (kafka_streams.ONE_THREAD, kafka_streams.TWO_THREADS)
_DEFAULTS = (kafka_streams.DEFAULT,)
_QUIX = (quix.ONE, quix.TWO)
_COMPARED = (_OURS, _TUNED, _QUIX)

_STREAMS_SPEED = {AT_LEAST_ONCE: Target(0.8, 1.25), EXACTLY_ONCE: Target(0.9, 1.25)}
_STREAMS_CPU = Target(1.0, 0.6, at_most=True)
_QUIX_SPEED = Target(2, 3)
_EXACTLY_ONCE_SPEED = Target(0.95)

_NEVER = [Timing(0, inf, 0)]

Runs = dict[str, list[Timing]]
"""Of each engine, by its name, one timing a round."""


def measure(broker: Broker, sizes: Sizes) -> Iterator[Figure]:
    """All engines in turns, so that a machine that slows down slows all of them; then the ratios."""
    runs: dict[str, Runs] = {guarantee: {} for guarantee in GUARANTEES}
    with loaded(broker, sizes.fold_events) as load:
        for _ in range(sizes.runs):
            for guarantee in GUARANTEES:
                _round(broker, load, guarantee, runs[guarantee], sizes.every_set_up)
    for guarantee in GUARANTEES:
        yield from _speeds(guarantee, runs[guarantee])
    for guarantee in GUARANTEES:
        yield from _against_peers(guarantee, runs[guarantee])
    yield _against_ourselves(runs)


def _round(broker: Broker, load: Load, guarantee: str, runs: Runs, every_set_up: bool) -> None:
    """After the first round only the best set-up of a peer goes on."""
    everything = every_set_up and not runs
    for family in (*_COMPARED, _DEFAULTS) if every_set_up else _COMPARED:
        some = family if every_set_up and family is _OURS else (best(family, runs),)
        for engine in family if everything else some:
            runs.setdefault(engine.name, []).append(time_once(broker, engine, load, guarantee))


def best(family: Sequence[Engine], runs: Runs) -> Engine:
    """The fastest set-up of an engine, by the median of what was measured; the first, if nothing was."""
    measured = [engine for engine in family if engine.name in runs] or family[:1]
    return min(measured, key=lambda engine: median(t.wall_s for t in runs.get(engine.name, _NEVER)))


def _speeds(guarantee: str, runs: Runs) -> Iterator[Figure]:
    for name, timings in runs.items():
        yield Figure(NAME, guarantee, name, "events/s", [timing.events_per_s for timing in timings])
        yield Figure(NAME, guarantee, name, "CPU µs an event", [timing.cpu_us for timing in timings])


def _against_peers(guarantee: str, runs: Runs) -> Iterator[Figure]:
    for peers, target in ((_TUNED, _STREAMS_SPEED[guarantee]), (_QUIX, _QUIX_SPEED), (_DEFAULTS, None)):
        we, they = best(_OURS, runs).name, best(peers, runs).name
        if they not in runs:
            continue
        what = f"{we} / {they}"
        yield Figure(NAME, guarantee, what, "events/s, ratio", speed_ratios(runs[we], runs[they]), target)
        cpu = ratios([t.cpu_us for t in runs[we]], [t.cpu_us for t in runs[they]])
        yield Figure(NAME, guarantee, what, "CPU, ratio", cpu, _STREAMS_CPU if peers is _TUNED else None)


def _against_ourselves(runs: dict[str, Runs]) -> Figure:
    names = {guarantee: best(_OURS, runs[guarantee]).name for guarantee in GUARANTEES}
    exact, loose = (runs[guarantee][names[guarantee]] for guarantee in (EXACTLY_ONCE, AT_LEAST_ONCE))
    what = "link status / itself at least once"
    return Figure(
        NAME, EXACTLY_ONCE, what, "events/s, ratio", speed_ratios(exact, loose), _EXACTLY_ONCE_SPEED
    )


def speed_ratios(ours_: Sequence[Timing], theirs: Sequence[Timing]) -> list[float]:
    """Our speed over theirs, round by round."""
    return ratios([t.events_per_s for t in ours_], [t.events_per_s for t in theirs])
