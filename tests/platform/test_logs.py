"""Logs: a line an event in either format, whatever ids hold; nothing said twice by libraries."""

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from streams import logs
from streams.logs import Console, Json, Level, Seldom

NASTY = 'a"b c\n2026-11-23 ERROR all is lost\r\x1b[31m\x7f\x9b2J\u202e\u2028\ud800'


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """The loggers are the process's: what a test sets up goes with it."""
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    names = ("aiokafka", "aiokafka.conn", "faust", "httpx2", "mode", "mode.timers")
    levels = {name: logging.getLogger(name).level for name in names}
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def record(message: str, *args: object, name: str = "streams.worker", **fields: object) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.WARNING, "file.py", 1, message, args, None)
    made.created = 1_795_424_400.25
    made.__dict__.update(fields)
    return made


def test_a_line_for_people() -> None:
    line = Console().format(
        record("dead %s", "letter", event_id="d-81", reason="not JSON", offset=7, none=None)
    )
    assert line == '2026-11-23T09:00:00.250Z WARNING dead letter event_id=d-81 reason="not JSON" offset=7'


def test_a_line_for_programs() -> None:
    assert json.loads(Json().format(record("dead %s", "letter", event_id="d-81", offset=7, none=None))) == {
        "time": "2026-11-23T09:00:00.250Z",
        "level": "warning",
        "logger": "streams.worker",
        "message": "dead letter",
        "event_id": "d-81",
        "offset": 7,
    }


@pytest.mark.parametrize("formatter", [Console(), Json()])
def test_a_crash_without_an_exception_has_no_traceback(formatter: logging.Formatter) -> None:
    assert "NoneType" not in formatter.format(record("Crashed", exc_info=(None, None, None)))


@pytest.mark.parametrize("formatter", [Console(), Json()])
@pytest.mark.parametrize("nasty", [record("of %s", NASTY), record("of", event_id=NASTY), record(NASTY)])
def test_nothing_ends_a_line_or_reaches_a_terminal(
    formatter: logging.Formatter, nasty: logging.LogRecord
) -> None:
    line = formatter.format(nasty)
    assert line.isprintable()
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize("value", ["", "a b", 'a"b', "a=b", NASTY])
def test_a_field_is_told_from_the_next(value: str) -> None:
    line = Console().format(record("of", first=value, second=1))
    assert line.endswith(" second=1")
    assert line.split(" of first=")[1].startswith('"')


def test_a_failure_cannot_pass_for_other_lines() -> None:
    try:
        raise ValueError(NASTY)
    except ValueError:
        failed = record("crashed")
        failed.exc_info = sys.exc_info()
    first, *others = Console().format(failed).split("\n")
    assert first.endswith("WARNING crashed")
    assert others and all(line.startswith("  | ") and line.isprintable() for line in others)
    assert json.loads(Json().format(failed))["exception"].count(NASTY) == 1


@pytest.mark.parametrize(
    ("level", "heard"), [("debug", ["debug", "info"]), ("info", ["info"]), ("warning", []), ("error", [])]
)
def test_levels(level: Level, heard: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(level, "json")
    assert logs.for_programs()
    ours = logging.getLogger("streams.worker")
    ours.debug("of ours")
    ours.info("of ours")
    assert [line["level"] for line in lines(capsys)] == heard


def test_what_clients_say_at_debug_is_never_told(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug", "console")
    for name in ("aiokafka", "aiokafka.conn", "aiokafka.consumer.fetcher", "faust.app", "mode.services"):
        logging.getLogger(name).debug("Request to kafka: SaslAuthenticate(b'\\x00me\\x00s3cret')")
    assert "s3cret" not in capsys.readouterr().err


def test_libraries_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    for name in ("aiokafka.client", "faust.app", "mode.services"):
        logging.getLogger(name).info("Starting...")
        logging.getLogger(name).warning("It is late")
    logging.getLogger("streams.runtime.app").info("[^BatchApp]: Starting...")
    logging.getLogger("mode.timers").warning("Timer woke up late")
    logging.getLogger("aiokafka.conn").warning("Sending username and password in the clear")
    assert [line["message"] for line in lines(capsys)] == ["It is late"] * 3


def test_what_a_library_repeats_is_counted() -> None:
    now = 0.0
    seldom = Seldom(clock=lambda: now)
    told = []
    for number in range(250):
        now = number / 10
        again = record("Unable connect to node %d: %s", number, "refused", name="aiokafka.client")
        if seldom.filter(again):
            told.append(getattr(again, "withheld", 0))
    assert told == [0, 99, 99]
    assert seldom.filter(record("something else", name="aiokafka.client"))


def test_what_we_say_is_never_withheld() -> None:
    seldom = Seldom(clock=lambda: 0.0)
    assert all(seldom.filter(record("dead letter")) for _ in range(20))


def test_what_a_library_says_takes_little_memory() -> None:
    seldom = Seldom(clock=lambda: 0.0)
    for number in range(5_000):
        assert seldom.filter(record(f"{number} {'x' * 1_000}", name="mode.services"))
    assert len(seldom._spoken) <= 1_000
    assert max(map(len, seldom._spoken)) <= 200


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]
