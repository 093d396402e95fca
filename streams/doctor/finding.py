"""What a look at something tells."""

from enum import StrEnum
from typing import NamedTuple


class Level(StrEnum):
    """How well something is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(NamedTuple):
    """What was looked at, how it is, and where that is not well what to do."""

    level: Level
    about: str
    what: str
    do: str = ""
