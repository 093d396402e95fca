"""What the audit reads: the tables, and video-status, and by which id the keys of each are partitioned."""

from collections.abc import Callable, Mapping

from streams import keys
from streams.chronicle import LAST

VIDEOS, PRODUCTS, TIMERS, LEVELS, SUBSCRIBERS = "videos", "products", "timers", "levels", "subscribers"
CHANGES, NUMBERS, FANOUTS = "changes", "numbers", "fanouts"
STATUS = "video-status"


def _first(key: bytes) -> str:
    return keys.split(key)[0]


OWNERS: Mapping[str, Callable[[bytes], str | None]] = {
    STATUS: bytes.decode,
    VIDEOS: _first,
    PRODUCTS: _first,
    TIMERS: lambda key: _first(keys.split_at(key)[1]),
    CHANGES: keys.first_of,
    NUMBERS: lambda key: None if key == LAST else key.decode(),
    LEVELS: bytes.decode,
    SUBSCRIBERS: _first,
    FANOUTS: keys.first_of,
}
"""The id by table; None for a key that each partition has. Raise ValueError for a key that is no text."""
