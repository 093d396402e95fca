"""How far long work is, for whoever shows it."""

from typing import Protocol


class Progress(Protocol):
    """Is told how far some work is."""

    def stage(self, what: str, steps: int | None = None) -> None:
        """Another stage begins, of so many steps if that is known."""

    def step(self, count: int = 1) -> None:
        """So many steps of the stage are done."""
