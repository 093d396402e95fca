"""Runs `python -m demo` as a process, and looks at what is left of it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

ROOT = Path(__file__).parents[2]


class Demo:
    """A demo in a session of its own, whose temporary files lie in `directory`."""

    def __init__(self, directory: Path, broker: str = "embedded") -> None:
        self.directory = directory
        self._process = subprocess.Popen(
            [sys.executable, "-m", "demo"],
            cwd=ROOT,
            env={**os.environ, "DEMO_EXIT": "1", "BROKER": broker, "TMPDIR": str(directory)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        self._process.communicate()

    def until(self, words: str) -> None:
        """Read the output up to a line with `words`."""
        assert self._process.stdout
        for line in self._process.stdout:
            if words in line:
                return
        pytest.fail(f"the demo ended before it said {words!r}: {self.end()}")

    def signal(self, number: signal.Signals) -> None:
        """Send the demo, not its children, a signal."""
        self._process.send_signal(number)

    def kill_worker(self) -> None:
        """Let the worker crash."""
        (pid,) = (pid for pid, command in self.processes().items() if "link-status worker" in command)
        os.kill(pid, signal.SIGKILL)

    def end(self, timeout: float = 10) -> tuple[int, str, str]:
        """Exit code, and what else it printed on stdout and stderr."""
        out, err = self._process.communicate(timeout=timeout)
        return self._process.returncode, out, err

    def processes(self) -> dict[int, str]:
        """The command lines of what runs in the demo's session, but for the demo; by process id."""
        if sys.platform != "linux":
            pytest.skip("processes of a session are looked up in /proc")
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            try:
                state, _, _, session = (path / "stat").read_text().rpartition(")")[2].split()[:4]
                command = (path / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue  # it has just ended
            if int(session) == self._process.pid != int(path.name) and state != "Z":
                found[int(path.name)] = command
        return found

    def leaves_nothing(self, within: float = 0) -> bool:
        """Whether all that it started is gone, `within` so many seconds."""
        deadline = time.monotonic() + within
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self.processes()
