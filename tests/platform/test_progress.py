"""How far long work is: bars on a terminal, and nothing of it in what is piped."""

import os
import pty
import subprocess
import sys

WORK = """
from streams.commands.progress import Progress
with Progress({quiet}) as progress:
    progress.stage("reading", 10)
    print("a result")
    progress.step(10)
"""


def work(quiet: bool, stderr: int) -> str:
    """What is piped while that is done."""
    command = [sys.executable, "-c", WORK.format(quiet=quiet)]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True, timeout=30
    )
    return done.stdout


def on_terminal(quiet: bool) -> tuple[str, str]:
    """What is piped, and what the terminal behind stderr shows."""
    ours, theirs = pty.openpty()
    piped = work(quiet, theirs)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    return piped, shown


def test_a_terminal_shows_bars_and_the_pipe_has_the_results() -> None:
    for quiet in (True, False):
        piped, shown = on_terminal(quiet)
        assert piped == "a result\n"
        assert "reading" in shown and "10/10" in shown and "\x1b[" in shown
        assert "a result" not in shown


def test_without_a_terminal_long_work_names_its_stages_and_short_work_nothing() -> None:
    read, write = os.pipe()
    for quiet in (True, False):
        assert work(quiet, write) == "a result\n"
    os.close(write)
    assert os.read(read, 1000).decode() == "reading: 10 records\n"
    os.close(read)
