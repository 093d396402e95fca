"""The command as operators run it: its own process, its exit codes, no tracebacks."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import pytest

from streams.commands import frame
from tests.platform.commands import invoker

LINK_STATUS = str(Path(sys.executable).with_name("link-status"))


@pytest.fixture
def nobody_listens() -> Iterator[str]:
    """An address at which no broker is: the port is taken, and refuses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def environment(**settings: str) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith("LINK_STATUS_")}
    return others | {f"LINK_STATUS_{name}": value for name, value in settings.items()}


def link_status(directory: Path, *words: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [LINK_STATUS, *words],
        cwd=directory,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_a_worker_that_would_let_in_everyone_refuses_to_start(tmp_path: Path, nobody_listens: str) -> None:
    done = link_status(tmp_path, "worker", WEB_HOST="0.0.0.0", BOOTSTRAP_SERVERS=nobody_listens)
    assert done.returncode == 2
    assert done.stderr.startswith("link-status: LINK_STATUS_WEB_HOST=0.0.0.0: ")
    assert "LINK_STATUS_AUTH_JWKS" in done.stderr


def test_where_programs_read_the_log_the_reason_is_an_object(tmp_path: Path, nobody_listens: str) -> None:
    settings = {"WEB_HOST": "0.0.0.0", "BOOTSTRAP_SERVERS": nobody_listens, "LOG_FORMAT": "json"}
    done = link_status(tmp_path, "worker", **settings)
    assert done.returncode == 2
    (line,) = map(json.loads, done.stderr.splitlines())
    assert line["level"] == "critical"
    assert line["message"].startswith("LINK_STATUS_WEB_HOST=0.0.0.0: ")


def test_it_says_its_version(tmp_path: Path) -> None:
    done = link_status(tmp_path, "--version")
    assert (done.returncode, done.stdout) == (0, f"link-status {version('product-link-status')}\n")


def test_its_help_needs_no_sound_settings(tmp_path: Path) -> None:
    done = link_status(tmp_path, "--help", WEB_PORT="x")
    assert done.returncode == 0
    commands = re.findall(r"^  ([a-z][\w-]*)  ", done.stdout, re.MULTILINE)
    assert commands == [
        "topics", "worker", "status", "explain", "watch",
        "config", "doctor", "audit", "replay", "dead-letters",
    ]  # fmt: skip


def test_only_the_command_that_is_asked_for_is_loaded(tmp_path: Path) -> None:
    program = (
        "import sys; from streams.cli import main; main(['status', '--help'], standalone_mode=False);"
        "print(*sorted(each for each in sys.modules if each.startswith('streams.commands.')))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == " ".join(
        f"streams.commands.{each}" for each in ("frame", "progress", "status")
    )


@pytest.mark.parametrize("command", [["explain"], ["watch"], ["dead-letters", "list"]], ids=" ".join)
def test_helps_tell_every_form_of_a_moment(tmp_path: Path, command: list[str]) -> None:
    told = " ".join(link_status(tmp_path, *command, "--help").stdout.split())
    assert "since: RFC 3339, epoch milliseconds, or 15m, 2h, 7d ago" in told


def test_its_help_tells_what_exit_codes_mean(tmp_path: Path) -> None:
    told = link_status(tmp_path, "--help").stdout.partition("Exit codes:")[2]
    assert re.findall(r"^  (\d+)  ", told, re.MULTILINE) == ["0", "1", "2", "3", "4", "143"]


@pytest.mark.parametrize("words", [["worker"], ["topics", "apply"], ["topics", "check"]])
def test_a_wrong_setting_is_named_and_exits_2(tmp_path: Path, words: list[str]) -> None:
    done = link_status(tmp_path, *words, WEB_PORT="70000")
    assert done.returncode == 2
    assert done.stderr == (
        "link-status: LINK_STATUS_WEB_PORT=70000: input should be less than or equal to 65535\n"
    )


@pytest.mark.parametrize(
    "words",
    [["worker"], ["topics", "plan"], ["config", "show"], ["doctor"], ["status", "v1"], ["watch"], ["replay"]],
    ids=" ".join,
)
def test_an_unknown_setting_exits_2_with_the_nearest(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / ".env").write_text("LINK_STATUS_WEBPORT=1\nWEBPORT=2\n")
    done = link_status(tmp_path, *words)
    assert done.returncode == 2
    assert done.stderr == (
        "link-status: LINK_STATUS_WEBPORT: there is no such setting (.env); "
        "did you mean LINK_STATUS_WEB_PORT?\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("words", [["config", "show"], ["doctor", "--json"], ["--help"]], ids=" ".join)
def test_a_full_stdout_is_told_in_one_line(tmp_path: Path, words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [LINK_STATUS, *words],
            cwd=tmp_path,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
        )
    assert (done.returncode, done.stderr) == (1, "link-status: [Errno 28] No space left on device\n")


def test_times_between_which_nothing_lies_exit_2(tmp_path: Path) -> None:
    done = link_status(tmp_path, "dead-letters", "list", "--since", "1h", "--until", "2h")
    assert (done.returncode, "--since is not before --until" in done.stderr) == (2, True)


def test_an_unknown_command_exits_2(tmp_path: Path) -> None:
    assert link_status(tmp_path, "topics", "drop").returncode == 2


@pytest.mark.parametrize(
    ("words", "stop", "code"),
    [
        (["topics", "check"], signal.SIGTERM, 143),
        (["topics", "apply"], signal.SIGTERM, 143),
        (["topics", "check"], signal.SIGINT, 1),
        (["dead-letters", "list"], signal.SIGTERM, 143),
        (["dead-letters", "redrive", "--all"], signal.SIGINT, 1),
        (["worker"], signal.SIGTERM, 0),
        (["worker"], signal.SIGINT, 0),
    ],
)
def test_it_waits_for_a_broker_that_is_away_until_it_is_stopped(
    tmp_path: Path, nobody_listens: str, words: list[str], stop: signal.Signals, code: int
) -> None:
    waiting = subprocess.Popen(
        [LINK_STATUS, *words],
        cwd=tmp_path,
        env=environment(BOOTSTRAP_SERVERS=nobody_listens),
        stderr=subprocess.PIPE,
        text=True,
    )
    with waiting:
        assert waiting.stderr
        for _ in range(2):
            assert f"no broker answers at {nobody_listens}" in waiting.stderr.readline()
        waiting.send_signal(stop)
        assert waiting.wait(timeout=5) == code
        said = waiting.stderr.read()
        assert "Traceback" not in said and "Unclosed" not in said


@pytest.mark.parametrize(
    "words", [("status", "v\udcff"), ("explain", "v", "v\udcff"), ("watch", "--creator", "v\udcff")]
)
def test_an_id_that_is_no_text_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: Sequence[str]
) -> None:
    # The setting would be refused next.
    done = invoker(tmp_path, monkeypatch)(*words, LOG_LEVEL="loud")
    assert done.exit_code == 2
    assert "'v\\udcff' is no text" in done.output


def test_ids_are_utf_8_though_the_locale_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = "vid\udcc3\udca9o"  # by a terminal, in the locale C
    monkeypatch.setattr(os, "fsencode", lambda text: text.encode("ascii", "surrogateescape"))
    assert frame.Id().convert(typed, None, None) == "vidéo"
