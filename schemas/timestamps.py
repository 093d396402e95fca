"""Points in time, as the contract writes them, to whole milliseconds since 1970 in UTC."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

LATEST: Final = 253_402_300_799_999
"""The last millisecond of the year 9999."""

_RFC3339: Final = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]"
    r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_is_rfc3339: Final = re.compile(_RFC3339).fullmatch
_from_iso: Final = datetime.fromisoformat
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_MILLISECOND: Final = timedelta(milliseconds=1)


def to_millis(value: object) -> int:
    """Epoch milliseconds of a JSON value; once for each record, so the usual forms take the short way.

    In: an integer (epoch milliseconds) or an RFC 3339 string with zone; finer digits are cut off, and a leap
    second counts as the second after it. Out: 0 (1970) to `LATEST` (9999). Raises `PydanticCustomError`, a
    ValueError, for anything else. Source: contract, "Events in"; RFC 3339, 5.6 and 5.7.
    """
    if type(value) is str:
        if _is_rfc3339(value) is None:
            raise _invalid("RFC 3339 with zone, or integer epoch milliseconds, expected")
        try:
            moment = _from_iso(value)
        except ValueError:
            moment = _rare_form(value.upper())
        millis = (moment - _EPOCH) // _MILLISECOND
    elif type(value) is int:
        millis = value
    else:
        raise _invalid("RFC 3339 with zone, or integer epoch milliseconds, expected")
    if 0 <= millis <= LATEST:
        return millis
    raise _invalid("a time between 1970 and 9999 expected")


def _rare_form(text: str) -> datetime:
    """What RFC 3339 has and `fromisoformat` refuses: a leap second, a lower-case z (upper-case by now)."""
    leap = text[17:19] == "60"
    try:
        moment = _from_iso(f"{text[:17]}59{text[19:]}" if leap else text).astimezone(UTC)
        moment += leap * _SECOND
    except (ValueError, OverflowError):
        raise _invalid("no such date") from None
    if leap and (moment.day, moment.hour, moment.minute, moment.second) != (1, 0, 0, 0):
        raise _invalid("second 60 is at the end of a month in UTC only")
    return moment


def _invalid(message: str) -> PydanticCustomError:
    return PydanticCustomError("timestamp", "{problem}", {"problem": message})


Timestamp = Annotated[
    int,
    PlainValidator(to_millis),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": LATEST},
                {"type": "string", "format": "date-time", "pattern": f"^{_RFC3339}$"},
            ],
            "description": "Epoch milliseconds, or RFC 3339 with zone; 1970 to 9999.",
        }
    ),
]
"""A field that `to_millis` reads."""


def _published(millis: int) -> str:
    return f"{(_EPOCH + millis * _MILLISECOND).isoformat(timespec='milliseconds')[:-6]}Z"


Instant = Annotated[
    int,
    PlainValidator(to_millis),
    PlainSerializer(_published),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$",
            "description": "RFC 3339 in UTC, with milliseconds.",
        }
    ),
]
"""A field of what we publish: read as any `Timestamp` is, written in one form."""
