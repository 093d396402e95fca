"""The command `link-status` as processes of their own: topics are applied, a worker runs."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from demo.brokers.die_with_parent import dying_with_us
from demo.failed import Failed

PREFIX = "LINK_STATUS_"
STOPS_WITHIN_S = 5
LAST_LINES = 15


class LinkStatus:
    """Runs `link-status` in a directory of its own, where it also keeps data and logs."""

    def __init__(self, directory: Path, bootstrap: str, settings: Mapping[str, str]) -> None:
        self.web = f"http://127.0.0.1:{(port := _free_port())}"
        self._directory = directory
        # What is set for another worker on this machine does not hold here.
        self._environment = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
        ours = {"BOOTSTRAP_SERVERS": bootstrap, "WEB_PORT": str(port), "DATA_DIR": "data", **settings}
        self._environment.update({PREFIX + name: text for name, text in ours.items()})

    def start(self, *arguments: str) -> "Process":
        """Start `link-status` with these arguments; it does not outlive this process (Linux)."""
        script = Path(sys.executable).with_name("link-status")
        log = self._directory / f"{arguments[0]}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                dying_with_us([str(script), *arguments]),
                cwd=self._directory,  # so that no .env is read
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,  # Ctrl-C is for the demo, which then stops it
            )
        return Process(" ".join(arguments), process, log)


class Process:
    """A running `link-status`; stopped at the end of the `with`."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._name = name
        self._process = process
        self._log = log

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end(self._process, STOPS_WITHIN_S)

    def finish(self, timeout: float) -> None:
        """Wait until it is done, at most `timeout` seconds; raise Failed unless it succeeded."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise self._failed(f"is not done after {timeout:.0f} s") from None
        if code:
            raise self._failed(f"failed with exit code {code}")

    def check(self) -> None:
        """Raise Failed if it does not run any more."""
        code = self._process.poll()
        if code is not None:
            raise self._failed(f"ended with exit code {code}")

    def _failed(self, how: str) -> Failed:
        lines = self._log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        return Failed("\n  ".join([f"link-status {self._name} {how}; its last lines:", *lines]))


def end(process: "subprocess.Popen[Any]", within_s: float) -> None:
    """Stop a process as an operator would; kill it if it takes longer."""
    process.terminate()
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
