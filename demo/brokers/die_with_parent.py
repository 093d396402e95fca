"""Run a program that Linux kills when the process that started it ends, however it ends.

    python die_with_parent.py PARENT PROGRAM [ARGUMENT ...]

PARENT is the process id of who starts it: to ask here would be too late where that one is gone already.
Elsewhere the program just runs. The thread that starts it must live on: it is whose end Linux looks at.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def dying_with_us(command: Sequence[str]) -> list[str]:
    """The command line that runs `command` so, for the process that calls this."""
    return [sys.executable, __file__, str(os.getpid()), *command]


def main() -> None:
    """Become the program given."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(parent):
            sys.exit("the parent is gone already")
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
