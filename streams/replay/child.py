"""A worker that ends when the replay that started it ends, however that ends (Linux does it)."""

import ctypes
import signal
import sys

from streams.cli import main

_PR_SET_PDEATHSIG = 1  # linux/prctl.h

if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    main(["worker"])
