"""What time it is, so that tests can say."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Epoch milliseconds."""


def wall() -> int:
    """Now."""
    return time.time_ns() // 1_000_000
