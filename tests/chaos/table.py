"""What came of a run, as a table for the README."""

from collections.abc import Iterable

from tests.chaos.runner import Outcome, figures

_HEAD = "| scenario | how often | what came of it | seconds |\n|---|---|---|---|\n"


def markdown(outcomes: Iterable[Outcome], seconds: float) -> str:
    """A row for each scenario, in the order given; below it the seed, and what all took."""
    outcomes = list(outcomes)
    rows = "".join(map(_row, outcomes))
    seeds = ", ".join(sorted({str(outcome.seed) for outcome in outcomes}))
    failed = sum(bool(outcome.error) for outcome in outcomes)
    verdict = f"{failed} failed" if failed else "all went well"
    return f"{_HEAD}{rows}\nSeed {seeds}; {len(outcomes)} scenarios in {seconds / 60:.0f} min; {verdict}.\n"


def _row(outcome: Outcome) -> str:
    came = "**failed**" if outcome.error else figures(outcome.figures)
    return f"| {outcome.scenario.name} | {outcome.times} | {came} | {outcome.seconds:.0f} |\n"
