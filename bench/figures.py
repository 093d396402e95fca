"""What a measure yields: a figure, all its runs, and what it should be."""

import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple


class Target(NamedTuple):
    """What the median of a figure must reach, and the aim beyond that, if there is one."""

    must: float
    aim: float | None = None
    at_most: bool = False

    def __str__(self) -> str:
        sign = "≤" if self.at_most else "≥"
        return f"{sign} {_number(self.must)}" + (
            f", then {_number(self.aim)}" if self.aim is not None else ""
        )

    def verdict(self, value: float) -> str:
        """`no`, `yes`, or `yes, and the aim`."""
        if not self._meets(value, self.must):
            return "no"
        return "yes, and the aim" if self.aim is not None and self._meets(value, self.aim) else "yes"

    def _meets(self, value: float, limit: float) -> bool:
        return value <= limit if self.at_most else value >= limit


class Figure(NamedTuple):
    """One row: what was measured of whom, in which unit, in all runs."""

    measure: str
    guarantee: str
    subject: str
    unit: str
    runs: Sequence[float]
    target: Target | None = None

    @property
    def median(self) -> float:
        """The middle of the runs."""
        return statistics.median(self.runs)

    def row(self) -> str:
        """A row of the table in Markdown."""
        spread = f"{_number(min(self.runs))} to {_number(max(self.runs))}" if len(self.runs) > 1 else ""
        target, reached = (str(self.target), self.target.verdict(self.median)) if self.target else ("", "")
        guarantee = self.guarantee.replace("_", " ")
        cells = (
            self.measure,
            guarantee,
            self.subject,
            self.unit,
            f"**{_number(self.median)}**",
            spread,
            target,
        )
        return "| " + " | ".join((*cells, reached)) + " |"

    def json(self) -> dict[str, Any]:
        """The same for machines."""
        row = self._asdict() | {"median": self.median, "least": min(self.runs), "most": max(self.runs)}
        row["target"] = self.target._asdict() if self.target else None
        return row | {"reached": self.target.verdict(self.median) if self.target else None}


HEADER = """\
| measure | guarantee | what | unit | median | least to most | target | reached |
|---|---|---|---|---|---|---|---|"""


def ratios(over: Sequence[float], under: Sequence[float]) -> list[float]:
    """One ratio for each run in which both were measured."""
    return [a / b for a, b in zip(over, under, strict=False)]


def _number(value: float) -> str:
    if abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
