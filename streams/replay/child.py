"""A worker that ends when the replay that started it ends, however that ends (Linux does it).

Its argument is the replay's process id: to ask for it here would be too late where that one is gone already.
"""

import ctypes
import os
import signal
import sys

from streams.cli import main

_PR_SET_PDEATHSIG = 1  # linux/prctl.h

if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(sys.argv[1]):
            sys.exit("the replay is gone already")
    main(["worker"])
