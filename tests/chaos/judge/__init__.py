"""The judge: folds an input log anew, independently of the product, and compares all that came of it."""

from tests.chaos.judge import letters, outputs, tables
from tests.chaos.judge.evidence import SOURCES, Evidence

__all__ = ["SOURCES", "Evidence", "judge"]


def judge(evidence: Evidence) -> list[str]:
    """Every difference from what the contract says must come of the input log; empty if all is well.

    Exactly once: statuses, last changes, chains of versions, dead letters (each once) and tables. At least
    once a change or dead letter may come again and a version may repeat: chains are not judged, all else is.
    """
    return [*outputs.problems(evidence), *letters.problems(evidence), *tables.problems(evidence)]
