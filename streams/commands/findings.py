"""How `audit` and `replay` print what they found."""

from collections.abc import Callable
from typing import Any

import click

from streams.audit.differences import Difference
from streams.audit.report import Report
from streams.commands import frame


def for_people(report: Report, line: Callable[[Difference], str]) -> None:
    """A line for each difference."""
    for difference in report.differences:
        click.echo(line(difference))


def for_programs(report: Report, body: Callable[[Difference], dict[str, Any]], subjects: str) -> None:
    """An object for each difference, then one that sums up; `subjects` is what is counted in it."""
    for difference in report.differences:
        click.echo(frame.as_line(body(difference)))
    summary = {
        "records": report.records,
        subjects: report.subjects,
        "differences": len(report.differences),
        "unsettled": report.unsettled,
        "more": report.more,
        "gone": [each._asdict() for each in report.gone],
    }
    click.echo(frame.as_line(summary))
