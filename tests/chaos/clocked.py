"""A worker whose clock is off by what a file says: `python -m tests.chaos.clocked FILE` (milliseconds)."""

import sys
import time
from pathlib import Path

import streams.worker
from streams.cli import main


def off_by(file: Path) -> None:
    """Move the worker's clock, and keep it moved by what `file` says at any time."""
    streams.worker._now = lambda: time.time_ns() // 1_000_000 + int(file.read_text())


if __name__ == "__main__":
    off_by(Path(sys.argv[1]))
    main(["worker"])
