"""Run a program that Linux kills when the process that started it ends, however it ends.

    python die_with_parent.py PROGRAM [ARGUMENT ...]

Elsewhere the program just runs. The thread that starts it must live on: it is whose end Linux looks at.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Become the program given."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit("the parent is gone already")
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
