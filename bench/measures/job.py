"""The whole job: five sources, both steps, all sinks; one worker, and two."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import NamedTuple

from bench.broker import Broker
from bench.figures import Figure, Target, ratios
from bench.measures.timing import Timing
from bench.sizes import Sizes
from bench.wholejob.deployment import deployed
from bench.wholejob.events import Load, generate, load_of, others
from bench.wholejob.statuses import Ends, ends
from bench.wholejob.workers import NUMBERS

NAME = "whole job"

_SPEED = Target(50_000)
_CPU = Target(20, at_most=True)
_TWO = Target(1.5)


class Run(NamedTuple):
    """How long it took, and how many changes came of it."""

    timing: Timing
    changes: int


Runs = dict[tuple[str, int], list[Run]]
"""Of each guarantee and number of workers, one a round."""


class OtherEnd(Exception):
    """Two runs over the same facts ended in other statuses."""


def measure(broker: Broker, sizes: Sizes) -> Iterator[Figure]:
    """In turns, as the fold; every run must leave all videos in the same statuses."""
    load = load_of(sizes.job_events)
    runs: Runs = {(guarantee, workers): [] for guarantee in sizes.job_guarantees for workers in NUMBERS}
    found: set[Ends] = set()
    for _ in range(sizes.runs):
        for guarantee, workers in runs:
            run, end = _time_once(broker, load, guarantee, workers)
            runs[guarantee, workers].append(run)
            found.add(end)
            if len(found) > 1:
                raise OtherEnd(f"{guarantee}, {NUMBERS[workers]}: {found}")
    for guarantee in sizes.job_guarantees:
        yield from _figures(guarantee, runs)


def _time_once(broker: Broker, load: Load, guarantee: str, workers: int) -> tuple[Run, Ends]:
    with deployed(broker, guarantee) as deployment:
        events = generate(load)
        deployment.fill(islice(events, load.videos))
        with deployment.running() as running:
            running.settle(load.videos)
        # Facts that come before their video change nothing then, and which are, chance would decide.
        deployment.fill(chain(others(load), events))
        with deployment.running(workers) as running:
            settled = running.settle(load.events)
            timing = Timing(load.events, settled.at - running.began, settled.cpu_s)
        return Run(timing, settled.changes), ends(broker.read(deployment.topic("video-status")))


def _figures(guarantee: str, runs: Runs) -> Iterator[Figure]:
    for workers, name in NUMBERS.items():
        found = runs[guarantee, workers]
        timings = [run.timing for run in found]
        one = workers == 1
        speeds = [timing.events_per_s for timing in timings]
        yield Figure(NAME, guarantee, name, "events/s", speeds, _SPEED if one else None)
        cpu = [timing.cpu_us for timing in timings]
        yield Figure(NAME, guarantee, name, "CPU µs an event", cpu, _CPU if one else None)
        changes = [run.changes / run.timing.events for run in found]
        yield Figure(NAME, guarantee, name, "changes an event", changes)
    one_, two = ([run.timing.events_per_s for run in runs[guarantee, workers]] for workers in NUMBERS)
    yield Figure(NAME, guarantee, "two workers / one", "events/s, ratio", ratios(two, one_), _TWO)
