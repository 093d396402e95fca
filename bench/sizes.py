"""How much is measured: enough to mean something, or enough to show that it works."""

import os
from typing import NamedTuple

from bench.engines.engine import EXACTLY_ONCE, GUARANTEES


class Sizes(NamedTuple):
    """The sizes of one run of all measures."""

    runs: int
    """How often each figure is measured; the median counts."""
    every_set_up: bool
    """Whether each engine is tried in all its set-ups, to go on with its best, or in one; and Kafka Streams'
    defaults at all.
    """
    fold_events: int
    agent_events: int
    job_events: int
    job_guarantees: tuple[str, ...]
    """Under which guarantees the whole job runs, and the fan-out."""
    latency_s: int
    """Seconds that are measured, after `warm_up_s` that are not."""
    warm_up_s: int
    restore_records: int
    fan_out: int
    """Creators that link the product which goes out of stock."""
    fan_out_workers: tuple[int, ...]
    """How many workers tell them."""
    growth_links: tuple[int, ...]
    growth_facts: int
    """Facts about random links, for each number of links."""

    web_s: int
    """Seconds for which lists are asked for, and changes told."""
    web_streams: int


FULL = Sizes(
    runs=5,
    every_set_up=True,
    fold_events=2_000_000,
    agent_events=50_000,
    job_events=1_000_000,
    job_guarantees=GUARANTEES,
    latency_s=60,
    warm_up_s=20,
    restore_records=2_000_000,
    fan_out=100_000,
    fan_out_workers=(1, 2),
    growth_links=(10_000, 100_000, 1_000_000, 3_000_000),
    growth_facts=400_000,
    web_s=30,
    web_streams=2_000,
)
QUICK = Sizes(
    runs=1,
    every_set_up=False,
    fold_events=100_000,
    agent_events=4_000,
    job_events=50_000,
    job_guarantees=(EXACTLY_ONCE,),
    latency_s=4,
    warm_up_s=3,
    restore_records=300_000,
    fan_out=10_000,
    fan_out_workers=(1,),
    growth_links=(10_000, 50_000),
    growth_facts=20_000,
    web_s=3,
    web_streams=200,
)


class WrongSize(Exception):
    """What was asked for cannot be measured; its text says why."""


def chosen() -> Sizes:
    """What QUICK and RUNS in the environment ask for. Raises WrongSize."""
    sizes = QUICK if os.environ.get("QUICK", "0") not in ("", "0") else FULL
    runs = os.environ.get("RUNS", str(sizes.runs))
    if not runs.isdecimal() or int(runs) < 1:
        raise WrongSize(f"RUNS={runs}: is not a number of runs, 1 or more")
    return sizes._replace(runs=int(runs))
