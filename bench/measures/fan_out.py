"""Fan-out: a product that very many creators link goes out of stock, while others go on selling."""

import time
from collections.abc import Iterator
from typing import NamedTuple

from bench.broker import Broker
from bench.figures import Figure, Target
from bench.measures.market import OTHERS, Market, videos
from bench.processes import wait_until
from bench.sizes import Sizes
from bench.wholejob.deployment import deployed
from bench.wholejob.workers import NUMBERS

NAME = "fan-out"

_SPEED = Target(30_000)
_DELAY = Target(1_000, at_most=True)
_REBALANCES = Target(0, at_most=True)
_AROUND_S = 3.0
_PATIENCE_S = 120.0
_POLL_S = 0.01


class Run(NamedTuple):
    """Of one run: changes a second, longest delay of others meanwhile and before, MiB of the largest worker,
    rebalances.
    """

    speed: float
    delay_ms: float
    usual_ms: float
    before_mib: float
    peak_mib: float
    rebalances: int


def measure(broker: Broker, sizes: Sizes) -> Iterator[Figure]:
    """All links are in the workers' state before."""
    runs: dict[tuple[str, int], list[Run]] = {
        (guarantee, workers): [] for guarantee in sizes.job_guarantees for workers in sizes.fan_out_workers
    }
    for _ in range(sizes.runs):
        for (guarantee, workers), found in runs.items():
            found.append(_measure_once(broker, guarantee, workers, sizes.fan_out))
    for (guarantee, workers), found in runs.items():
        yield from _figures(guarantee, f"{sizes.fan_out:,} creators, {NUMBERS[workers]}", found)


def _measure_once(broker: Broker, guarantee: str, number: int, creators: int) -> Run:
    with deployed(broker, guarantee) as deployment, deployment.running(number) as workers:
        deployment.fill(videos(creators))
        workers.settle(creators + OTHERS)
        rebalances = workers.rebalances
        before = max(process.resident_mib for process in workers.processes)
        for process in workers.processes:
            process.forget_peak()
        with Market(broker, deployment) as market:
            time.sleep(_AROUND_S)
            sent = market.sell_out()
            came = wait_until(lambda: market.told(creators), workers.processes, _PATIENCE_S, _POLL_S)
            time.sleep(_AROUND_S)
        return Run(
            speed=creators / (came - sent),
            delay_ms=max(market.delays_ms(sent, came), default=0.0),
            usual_ms=max(market.delays_ms(0, sent)),
            before_mib=before,
            peak_mib=max(process.peak_mib for process in workers.processes),
            rebalances=workers.rebalances - rebalances,
        )


def _figures(guarantee: str, what: str, runs: list[Run]) -> Iterator[Figure]:
    for name, unit, target in (
        ("speed", "changes/s", _SPEED),
        ("delay_ms", "others' longest delay, ms", _DELAY),
        ("usual_ms", "the same before, ms", None),
        ("before_mib", "resident MiB before", None),
        ("peak_mib", "peak resident MiB", None),
        ("rebalances", "rebalances", _REBALANCES),
    ):
        yield Figure(NAME, guarantee, what, unit, [getattr(run, name) for run in runs], target)
