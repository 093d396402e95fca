"""Runs scenarios: one line each, with figures; what failed, and how to see it again."""

import time
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from tests.chaos.scenario import Brokers, Context, Figures, Scenario


class Outcome(NamedTuple):
    """What came of one scenario; `error` is empty if all is well."""

    scenario: Scenario
    amount: int
    seed: int
    seconds: float
    figures: Figures
    error: str

    @property
    def times(self) -> str:
        """How often, or how many."""
        return f"{self.amount:,} {self.scenario.unit}"

    def __str__(self) -> str:
        verdict = "FAILED" if self.error else "ok"
        what = f"{verdict:6} {self.scenario.name:32} {self.times:>20}"
        return f"{what} {self.seconds:6.1f} s  seed {self.seed}  {figures(self.figures)}"


def figures(counted: Figures) -> str:
    """Figures for people."""
    return ", ".join(f"{value:,} {name}" for name, value in counted.items())


def play(scenario: Scenario, amount: int, seed: int, brokers: Brokers) -> Outcome:
    """Run one scenario."""
    started = time.monotonic()
    counted: Figures = {}
    error = ""
    try:
        counted = scenario.run(Context(scenario.name, seed, brokers), amount)
    except Exception:
        error = traceback.format_exc()
    return Outcome(scenario, amount, seed, time.monotonic() - started, counted, error)


def play_all(amounts: Mapping[Scenario, int], seed: int, jobs: int) -> list[Outcome]:
    """Run scenarios so many times, `jobs` scenarios at a time; print a line for each as soon as it ends."""

    def run(scenario: Scenario) -> Outcome:
        outcome = play(scenario, amounts[scenario], seed, brokers)
        lines = [str(outcome)]
        if outcome.error:
            replay = f'python -m tests.chaos "{scenario.name}" --amount {outcome.amount} --seed {seed}'
            lines += [outcome.error, f"again: {replay}"]
        print("\n".join(lines), flush=True)
        return outcome

    with Brokers() as brokers:
        if any(each.needs_kafka for each in amounts):
            _ = brokers.shared  # whose process lives as long as the thread that starts it
        with ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(run, amounts))
