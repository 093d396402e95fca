"""Where the list is shown: live on a terminal, or as plain lines with the list at the end."""

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.layout import Layout
from rich.live import Live

from demo.manage import ManageList
from demo.render import Footer, footer, list_, measures

PLAIN_WIDTH = 100
FOOTER_LINES = 7


class Screen(Protocol):
    """Shows the list while it is entered."""

    pause: float
    """How long a scene stays at least, in seconds."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, videos: ManageList, beside: Footer) -> None:
        """Show what is so now."""


class Terminal:
    """The whole terminal; what was there before comes back at the end."""

    pause = 2.2

    def __init__(self) -> None:
        self._live = Live(screen=True, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, videos: ManageList, beside: Footer) -> None:
        """Show the list, cut off where the terminal is too small, and the footer."""
        layout = Layout()
        # A footer below the list would be lost where the list is longer than the terminal.
        layout.split_column(Layout(list_(videos)), Layout(footer(beside), size=FOOTER_LINES))
        self._live.update(layout, refresh=True)


class Lines:
    """No control codes: the captions, one a line."""

    pause = 0.2

    def __init__(self) -> None:
        self._caption = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def show(self, videos: ManageList, beside: Footer) -> None:
        """Print the caption if it is a new one."""
        if beside.caption != self._caption:
            self._caption = beside.caption
            print(f"- {beside.caption}", flush=True)


def print_final(videos: ManageList, beside: Footer) -> None:
    """Print the list and the figures as plain text."""
    console = Console(width=PLAIN_WIDTH, force_terminal=False, no_color=True)
    with console.capture() as captured:
        console.print("", list_(videos), "", measures(beside), sep="\n", highlight=False)
    for line in captured.get().splitlines():
        print(line.rstrip())
