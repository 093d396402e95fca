"""Processes that are measured: their CPU time and memory, as Linux counts them."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from demo.brokers.die_with_parent import dying_with_us
from demo.processes import end

_TICKS = os.sysconf("SC_CLK_TCK")
_STOP_S = 20.0
BEGIN = "BEGIN"


class Process:
    """A program from `with` to its end. It prints the line BEGIN with its first record.

    `log` takes what it writes to stderr.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                dying_with_us(command),
                env={**os.environ, **environment},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.began: float | None = None
        """When the first record was processed, by `time.perf_counter`."""
        self._cpu_before = 0.0
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end(self._process, _STOP_S)

    @property
    def cpu_s(self) -> float:
        """CPU seconds, of user and system, since it began (since its start, if it has not)."""
        return self._total_cpu_s() - self._cpu_before

    @property
    def resident_mib(self) -> float:
        """Resident memory now."""
        return self._memory("VmRSS")

    @property
    def peak_mib(self) -> float:
        """The most resident memory that there was, since its start or `forget_peak`."""
        return self._memory("VmHWM")

    def forget_peak(self) -> None:
        """Look for a new peak from now on."""
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")

    @property
    def log(self) -> str:
        """What it wrote to stderr."""
        return self._log.read_text(errors="replace")

    def check(self) -> None:
        """Raise RuntimeError if it has ended."""
        if self._process.poll() is not None:
            raise RuntimeError(
                f"{self._process.args!r} ended with {self._process.returncode}:\n{self.log[-3000:]}"
            )

    def begin(self) -> None:
        """Count time and CPU from now on."""
        self._cpu_before = self._total_cpu_s()
        self.began = time.perf_counter()

    def _listen(self, lines: IO[str]) -> None:
        for line in lines:
            if line.strip() == BEGIN and self.began is None:
                self.begin()

    def _total_cpu_s(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def _memory(self, name: str) -> float:
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
        return 0.0


def wait_until(
    done: Callable[[], bool], processes: Sequence[Process], timeout_s: float, poll_s: float
) -> float:
    """Poll until `done`; returns when that was, by `time.perf_counter`. Raises if a process ends before."""
    deadline = time.perf_counter() + timeout_s
    while not done():
        if time.perf_counter() > deadline:
            logs = "\n".join(process.log[-2000:] for process in processes)
            raise TimeoutError(f"not done after {timeout_s:.0f} s:\n{logs}")
        for process in processes:
            process.check()
        time.sleep(poll_s)
    return time.perf_counter()
