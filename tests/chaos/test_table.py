"""A run as a table of the README."""

from tests.chaos.runner import Outcome
from tests.chaos.suite import SCENARIOS
from tests.chaos.table import markdown

(STORM,) = (each for each in SCENARIOS if each.name == "storm")


def test_a_row_for_each_scenario_and_what_all_of_it_took() -> None:
    outcomes = [
        Outcome(STORM, 2_000, 7, 12.4, {"records": 2_600, "astray": 130}, ""),
        Outcome(STORM, 10, 7, 1.0, {}, "Broken: all of it"),
    ]
    assert markdown(outcomes, 90.0).splitlines()[2:] == [
        "| storm | 2,000 facts | 2,600 records, 130 astray | 12 |",
        "| storm | 10 facts | **failed** | 1 |",
        "",
        "Seed 7; 2 scenarios in 2 min; 1 failed.",
    ]
