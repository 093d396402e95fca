"""Logs to stderr, a line an event: its message, and as fields what `extra` holds; for people or programs.

Ids and titles come from outside: what they hold cannot end a line, nor reach a terminal.
"""

import json
import logging
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

from streams.instant import rfc3339
from streams.printable import printable

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["console", "json"]

_OWN = frozenset([*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"])
_LIBRARIES = ("aiokafka", "faust", "httpx2", "mode", "opentelemetry")
_OF_MODE = "[^"
_REPEATED_S = 10.0
_MOST_MESSAGES = 1_000
_LONGEST_MESSAGE = 200


def configure(level: Level, form: Format) -> None:
    """Set up the logs of this process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if form == "json" else Console())
    handler.addFilter(Seldom(_least(level)))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    _tame_libraries(level)


def _least(level: Level) -> int:
    """From which level on libraries are heard."""
    return logging.INFO if level == "debug" else logging.WARNING


def for_programs() -> bool:
    """Whether it is programs that read the logs."""
    return any(isinstance(handler.formatter, Json) for handler in logging.getLogger().handlers)


def _tame_libraries(level: Level) -> None:
    # They log each service and each step of a rebalance; at debug, whole requests with passwords and records.
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(_least(level))
    # Timers are late whenever a batch is folded; a password in the clear is told at each connection.
    for name in ("mode.timers", "aiokafka.conn"):
        logging.getLogger(name).setLevel(logging.ERROR)


class Console(logging.Formatter):
    """A line as people read it: time, level, message, fields as name=value."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and one for each line of a traceback, which are indented."""
        fields = "".join(f" {name}={_value(value)}" for name, value in _fields(record).items())
        text = f"{_time(record)} {record.levelname} {printable(record.getMessage())}{fields}"
        return "\n".join([text, *(f"  | {printable(line)}" for line in _traceback(record).splitlines())])


class Json(logging.Formatter):
    """A line as programs read it: one JSON object, in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        body: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if traceback := _traceback(record):
            body["exception"] = traceback
        return json.dumps(body, default=str, separators=(",", ":")).replace("\x7f", "\\u007f")


class Seldom(logging.Filter):
    """Lets libraries say the same only once in 10 s, with how often they would have (`withheld`).

    While brokers are away each client says so several times a second. mode's services speak by the loggers of
    our modules; below `least` they are not heard either. `clock` gives seconds.
    """

    def __init__(self, least: int = logging.INFO, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._least = least
        self._clock = clock
        self._spoken: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is to be logged."""
        if not (record.name.startswith(_LIBRARIES) or str(record.msg).startswith(_OF_MODE)):
            return True
        if record.levelno < self._least:
            return False
        said, now = f"{record.name} {record.msg}"[:_LONGEST_MESSAGE], self._clock()
        at, withheld = self._spoken.get(said, (-_REPEATED_S, 0))
        if now - at < _REPEATED_S:
            self._spoken[said] = at, withheld + 1
            return False
        if len(self._spoken) >= _MOST_MESSAGES:
            self._spoken.clear()
        self._spoken[said] = now, 0
        if withheld:
            record.withheld = withheld
        return True


def _fields(record: logging.LogRecord) -> Mapping[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _OWN and value is not None}


def _value(value: object) -> str:
    text = str(value)
    bare = text.isprintable() and not any(each in text for each in ' "=')
    return text if bare and text else printable(json.dumps(text, ensure_ascii=False))


def _time(record: logging.LogRecord) -> str:
    return rfc3339(int(record.created * 1000))


def _traceback(record: logging.LogRecord) -> str:
    # mode tells a crash as if it were handling it, also where there is nothing raised.
    if record.exc_info is None or record.exc_info[0] is None:
        return ""
    return logging.Formatter().formatException(record.exc_info)
