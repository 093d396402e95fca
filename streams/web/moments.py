"""Times as a client asks for them: RFC 3339 in the time zone of `tz=`."""

from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from streams.instant import rfc3339

UTC = "UTC"
_MINUTE = timedelta(minutes=1)


def _known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("not the name of a time zone, such as Asia/Shanghai") from None
    return name


Zone = Annotated[str, Field(max_length=64), AfterValidator(_known)]
"""The name of an IANA time zone."""


def moment(epoch_ms: int, zone: str = UTC) -> str:
    """An RFC 3339 time with milliseconds, in the zone; in UTC where that has no such time."""
    local = None if zone == UTC else _local(epoch_ms, zone)
    return rfc3339(epoch_ms) if local is None else local.isoformat(timespec="milliseconds")


def _local(epoch_ms: int, zone: str) -> datetime | None:
    """The time in the zone; None beyond the year 9999, and where it was seconds off from UTC (RFC 3339 has
    minutes).
    """
    seconds, milliseconds = divmod(epoch_ms, 1000)
    try:
        local = datetime.fromtimestamp(seconds, ZoneInfo(zone))
    except (OverflowError, ValueError):
        return None
    offset = local.utcoffset()
    if offset is None or offset % _MINUTE:
        return None
    return local.replace(microsecond=milliseconds * 1000)
