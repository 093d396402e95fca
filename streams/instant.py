"""Moments in text."""

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=4096)
def _second(epoch_s: int) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).isoformat().removesuffix("+00:00")


@lru_cache(maxsize=4096)
def rfc3339(epoch_ms: int) -> str:
    """An RFC 3339 time in UTC with milliseconds, from epoch milliseconds."""
    seconds, milliseconds = divmod(epoch_ms, 1000)
    return f"{_second(seconds)}.{milliseconds:03d}Z"
