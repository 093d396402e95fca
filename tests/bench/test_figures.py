"""Figures, and what is asked of a run."""

import pytest

from bench import sizes
from bench.figures import Figure, Target


@pytest.mark.parametrize(
    ("target", "value", "verdict"),
    [
        (Target(0.8, 1.25), 0.79, "no"),
        (Target(0.8, 1.25), 0.8, "yes"),
        (Target(0.8, 1.25), 1.25, "yes, and the aim"),
        (Target(20, at_most=True), 20.1, "no"),
        (Target(1.0, 0.6, at_most=True), 0.9, "yes"),
        (Target(1.0, 0.6, at_most=True), 0.6, "yes, and the aim"),
    ],
)
def test_a_target_is_reached_or_not(target: Target, value: float, verdict: str) -> None:
    assert target.verdict(value) == verdict


def test_the_median_counts_and_the_spread_is_shown() -> None:
    figure = Figure("restore", "at_least_once", "us", "records/s", [300_001, 1, 900_000], Target(300_000))
    assert figure.row() == (
        "| restore | at least once | us | records/s | **300,001** | 1.00 to 900,000 | ≥ 300,000 | yes |"
    )


def test_quick_and_runs_choose_the_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUICK", "1")
    assert sizes.chosen() == sizes.QUICK
    monkeypatch.setenv("RUNS", "2")
    assert sizes.chosen().runs == 2


@pytest.mark.parametrize("runs", ["0", "-1", "many", ""])
def test_a_number_of_runs_that_makes_no_sense_is_refused(runs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNS", runs)
    with pytest.raises(sizes.WrongSize, match="RUNS"):
        sizes.chosen()
