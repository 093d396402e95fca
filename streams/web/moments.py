"""Times as a client asks for them: RFC 3339 in the time zone of `tz=`."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from streams.instant import rfc3339

UTC = "UTC"


def _known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("not the name of a time zone, such as Asia/Shanghai") from None
    return name


Zone = Annotated[str, Field(max_length=64), AfterValidator(_known)]
"""The name of an IANA time zone."""


def moment(epoch_ms: int, zone: str = UTC) -> str:
    """An RFC 3339 time with milliseconds, in the zone."""
    if zone == UTC:
        return rfc3339(epoch_ms)
    seconds, milliseconds = divmod(epoch_ms, 1000)
    local = datetime.fromtimestamp(seconds, ZoneInfo(zone)).replace(microsecond=milliseconds * 1000)
    return local.isoformat(timespec="milliseconds")
