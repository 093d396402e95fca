"""How far long work is, on stderr."""

import sys

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars


class Progress:
    """Bars on stderr, where that is a terminal; elsewhere a line for each stage, unless `quiet`."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        console, disable = Console(stderr=True), not sys.stderr.isatty()
        # Results may go into a pipe meanwhile: rich would put what is printed on its own console.
        self._bars = Bars(*columns, console=console, disable=disable, redirect_stdout=False, transient=True)
        self._task: TaskID | None = None

    def __enter__(self) -> "Progress":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def stage(self, what: str, steps: int | None = None) -> None:
        """Another stage begins, of so many records if that is known."""
        if self._bars.disable and not self._quiet:
            click.echo(f"{what}{'' if steps is None else f': {steps:,} records'}", err=True)
        self._task = self._bars.add_task(what, total=steps)

    def step(self, count: int = 1) -> None:
        """So many are done."""
        if self._task is not None:
            self._bars.advance(self._task, count)
