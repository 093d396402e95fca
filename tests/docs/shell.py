"""Runs the documents' programs as a reader would: each by its interpreter, with Kafka's tools on the PATH."""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from demo.brokers.die_with_parent import dying_with_us
from demo.brokers.kafka import java
from tests.docs.blocks import DOCS, programs

HEAP = "-Xmx128m"
TOOLS = {
    "kafka-console-producer.sh": "org.apache.kafka.tools.ConsoleProducer",
    "kafka-console-consumer.sh": "org.apache.kafka.tools.consumer.ConsoleConsumer",
}


def kcat() -> bool:
    """Whether kcat is installed; where it is demanded (REQUIRE_KCAT=1), its want fails the test."""
    there = shutil.which("kcat") is not None
    if not there and os.environ.get("REQUIRE_KCAT") == "1":
        pytest.fail("REQUIRE_KCAT=1, but kcat is not installed", pytrace=False)
    return there


class Running:
    """A program that goes on until it is killed."""

    def __init__(self, process: "subprocess.Popen[bytes]", out: Path) -> None:
        self._process = process
        self._out = out

    def lines(self) -> list[str]:
        """What it printed so far; fails the test if it has ended."""
        text = self._out.read_text()
        assert self._process.poll() is None, text
        return text.splitlines()

    def kill(self) -> None:
        """SIGKILL, for what a script started, too."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Shell:
    """The programs in a directory of their own, for the topics under `prefix`."""

    def __init__(self, directory: Path, bootstrap: str, prefix: str) -> None:
        self._directory = directory
        self._running: list[Running] = []
        for name, text in programs().items():
            (directory / name).write_text(text)
        for tool, main_class in TOOLS.items():
            script = directory / tool
            script.write_text(f'#!/bin/sh\nexec {shlex.join(java(HEAP))} {main_class} "$@"\n')
            script.chmod(0o755)
        self._environment = {
            **os.environ,
            "LINK_STATUS_BOOTSTRAP_SERVERS": bootstrap,
            "LINK_STATUS_TOPIC_PREFIX": prefix,
            "NOTIFIER_BOOTSTRAP_SERVERS": bootstrap,
            "NOTIFIER_TOPIC_PREFIX": prefix,
            "NOTIFIER_STATE_FILE": str(directory / "notifier.sqlite3"),
            "PATH": f"{directory}:{os.environ['PATH']}",
        }

    def run(self, program: str, *arguments: str) -> str:
        """Run to the end; it exits with 0. Returns what it printed."""
        done = subprocess.run(
            self._command(program, arguments),
            cwd=DOCS.parent,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, program: str, *arguments: str) -> Running:
        """Run until killed."""
        return self._start(program, self._command(program, arguments))

    def start_notifier(self) -> Running:
        """Run examples/notifier, with the console as its channel, until killed."""
        return self._start("notifier", [sys.executable, "-m", "examples.notifier"])

    def _start(self, name: str, command: list[str]) -> Running:
        out = self._directory / f"{name}.out"
        with out.open("ab") as output:
            process = subprocess.Popen(
                dying_with_us(command),
                cwd=DOCS.parent,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append(Running(process, out))
        return self._running[-1]

    def close(self) -> None:
        """Kill what still runs."""
        for running in self._running:
            running.kill()

    def _command(self, program: str, arguments: tuple[str, ...]) -> list[str]:
        quiet_java = [*java(HEAP), "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"]
        interpreter = {".py": [sys.executable], ".sh": ["sh"], ".java": quiet_java}[Path(program).suffix]
        return [*interpreter, str(self._directory / program), *arguments]
