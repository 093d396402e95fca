"""Runs scenarios: one line each, with figures; what failed, and how to see it again."""

import time
import traceback
from collections.abc import Sequence
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

    def __str__(self) -> str:
        figures = ", ".join(f"{value:,} {name}" for name, value in self.figures.items())
        verdict = "FAILED" if self.error else "ok"
        amount = f"{self.amount:,} {self.scenario.unit}"
        what = f"{verdict:6} {self.scenario.name:32} {amount:>20}"
        return f"{what} {self.seconds:6.1f} s  seed {self.seed}  {figures}"


def play(scenario: Scenario, amount: int, seed: int, brokers: Brokers) -> Outcome:
    """Run one scenario."""
    started = time.monotonic()
    figures: Figures = {}
    error = ""
    try:
        figures = scenario.run(Context(scenario.name, seed, brokers), amount)
    except Exception:
        error = traceback.format_exc()
    return Outcome(scenario, amount, seed, time.monotonic() - started, figures, error)


def play_all(scenarios: Sequence[Scenario], full: bool, amount: int | None, seed: int, jobs: int) -> bool:
    """Run scenarios, `jobs` at a time, and print a line for each; returns whether all went well."""

    def run(scenario: Scenario) -> bool:
        times = amount or (scenario.full if full else scenario.small)
        outcome = play(scenario, times, seed, brokers)
        lines = [str(outcome)]
        if outcome.error:
            replay = f'python -m tests.chaos "{scenario.name}" --amount {times} --seed {seed}'
            lines += [outcome.error, f"again: {replay}"]
        print("\n".join(lines), flush=True)
        return not outcome.error

    with Brokers() as brokers:
        if any(each.needs_kafka for each in scenarios):
            _ = brokers.shared  # whose process lives as long as the thread that starts it
        with ThreadPoolExecutor(jobs) as pool:
            return all(list(pool.map(run, scenarios)))
