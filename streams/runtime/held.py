"""Writes that are not stored yet, over what is: read as if they were."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import islice
from operator import itemgetter

from streams.runtime.records import Write
from streams.runtime.table import Reader

_KEY = itemgetter(0)
# What is deleted hides stored entries, so that one look at the store may not be enough.
_NEXT_PAGE = 1_000


class Held:
    """Reads through to `store`; the latest write of a key counts, a tombstone (None) hides what is stored."""

    def __init__(self, store: Reader) -> None:
        self._store = store
        self._tables: dict[str, dict[bytes, bytes | None]] = defaultdict(dict)
        self._sorted: dict[str, list[bytes]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._tables.values()))

    def hold(self, writes: Mapping[str, Iterable[Write]]) -> None:
        """Keep writes, by table."""
        for table, entries in writes.items():
            if entries:
                self._tables[table].update(entries)
                self._sorted.pop(table, None)

    @property
    def writes(self) -> Mapping[str, Sequence[Write]]:
        """The latest of each key, by table."""
        return {table: list(entries.items()) for table, entries in self._tables.items()}

    def let_go(self) -> None:
        """Forget all of them: they are stored, or are not to be."""
        self._tables.clear()
        self._sorted.clear()

    def get(self, table: str, keys: list[bytes]) -> list[bytes | None]:
        """The values of `keys`, in their order."""
        held = self._tables.get(table)
        if not held:
            return self._store.get(table, keys)
        missing = [key for key in keys if key not in held]
        stored = dict(zip(missing, self._store.get(table, missing), strict=True)) if missing else {}
        return [held[key] if key in held else stored[key] for key in keys]

    def scan(self, table: str, start: bytes, stop: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        """Up to `limit` entries with `start` <= key < `stop`, in key order."""
        changed = self._between(table, start, stop)
        if not changed:
            return self._store.scan(table, start, stop, limit)
        held = self._tables[table]
        stored = (entry for entry in self._pages(table, start, stop, limit) if entry[0] not in held)
        new = ((key, value) for key in changed if (value := held[key]) is not None)
        return list(islice(merge(stored, new, key=_KEY), limit))

    def _between(self, table: str, start: bytes, stop: bytes) -> list[bytes]:
        if table not in self._tables:
            return []
        keys = self._sorted.get(table)
        if keys is None:
            keys = self._sorted[table] = sorted(self._tables[table])
        return keys[bisect_left(keys, start) : bisect_left(keys, stop)]

    def _pages(self, table: str, start: bytes, stop: bytes, limit: int) -> Iterator[tuple[bytes, bytes]]:
        """Stored entries, all there are if need be."""
        while True:
            page = self._store.scan(table, start, stop, limit)
            yield from page
            if len(page) < limit:
                return
            start, limit = page[-1][0] + b"\0", max(limit, _NEXT_PAGE)
