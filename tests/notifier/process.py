"""A notifier process whose clock is ahead by the milliseconds in the file that its argument names."""

import sys
from pathlib import Path

from examples.notifier.__main__ import main
from examples.notifier.clock import wall

AHEAD = Path(sys.argv[1])


def clock() -> int:
    """Now, and so much later."""
    return wall() + int(AHEAD.read_text())


main(clock)
