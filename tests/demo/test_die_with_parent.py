"""What does not outlive who started it, however early that one ends."""

import os
import subprocess
import sys

import pytest

from demo.brokers.die_with_parent import dying_with_us

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a process that its parent died"
)


def test_a_program_runs_for_who_lives() -> None:
    assert subprocess.run(dying_with_us(["echo", "here"]), capture_output=True).stdout == b"here\n"


def test_a_program_does_not_begin_once_its_starter_is_gone() -> None:
    interpreter, script, parent, *command = dying_with_us(["echo", "here"])
    assert int(parent) == os.getpid()
    # The shell that starts it stands for whoever a process falls to when its parent ends.
    started = subprocess.run(
        ["sh", "-c", '"$@"; exit $?', "sh", interpreter, script, parent, *command], capture_output=True
    )
    assert (started.returncode, started.stdout) == (1, b"")
    assert b"the parent is gone already" in started.stderr


def test_a_worker_of_a_replay_does_not_begin_once_the_replay_is_gone() -> None:
    started = subprocess.run(
        [sys.executable, "-m", "streams.replay.child", str(os.getppid())], capture_output=True
    )
    assert (started.returncode, started.stderr) == (1, b"the replay is gone already\n")
