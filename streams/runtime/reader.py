"""What tables read of a store, and changes over it, in key order."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Protocol, TypeVar

T = TypeVar("T")

_KEY = itemgetter(0)
# What is deleted hides stored entries, so that one look at the store may not be enough.
_NEXT_PAGE = 1_000


class Reader(Protocol):
    """The part of a store that a table reads: the state as of the last completed batch."""

    def get(self, table: str, keys: list[bytes]) -> list[bytes | None]:
        """The stored values of `keys`, in their order."""

    def scan(self, table: str, start: bytes, stop: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        """Up to `limit` entries with `start` <= key < `stop`, in key order."""


def pages(reader: Reader, table: str, start: bytes, stop: bytes, limit: int) -> Iterator[tuple[bytes, bytes]]:
    """Stored entries with `start` <= key < `stop`, all there are if need be, at first up to `limit`."""
    while True:
        page = reader.scan(table, start, stop, limit)
        yield from page
        if len(page) < limit:
            return
        start, limit = page[-1][0] + b"\0", max(limit, _NEXT_PAGE)


def between(keys: Sequence[bytes], start: bytes, stop: bytes) -> Sequence[bytes]:
    """Those of sorted `keys` with `start` <= key < `stop`."""
    return keys[bisect_left(keys, start) : bisect_left(keys, stop)]


def changed(
    stored: Iterable[tuple[bytes, T]], changes: Mapping[bytes, T | None], keys: Sequence[bytes], limit: int
) -> Iterator[tuple[bytes, T]]:
    """Up to `limit` of the `stored` entries, those in `changes` left out already, and of `changes` at `keys`
    that are no tombstones (None). All in key order.
    """
    new = ((key, value) for key in keys if (value := changes[key]) is not None)
    return islice(merge(stored, new, key=_KEY) if keys else stored, limit)
