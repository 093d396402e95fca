"""Writes that are not stored yet, over what is: read as if they were."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from streams.runtime.reader import Reader, between, changed, pages
from streams.runtime.records import Write


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
        if len(missing) == len(keys):
            return self._store.get(table, keys)
        stored = dict(zip(missing, self._store.get(table, missing), strict=True)) if missing else {}
        return [held[key] if key in held else stored[key] for key in keys]

    def scan(self, table: str, start: bytes, stop: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        """Up to `limit` entries with `start` <= key < `stop`, in key order."""
        keys = self._held_between(table, start, stop)
        if not keys:
            return self._store.scan(table, start, stop, limit)
        held = self._tables[table]
        found = pages(self._store, table, start, stop, limit)
        return list(changed((entry for entry in found if entry[0] not in held), held, keys, limit))

    def _held_between(self, table: str, start: bytes, stop: bytes) -> Sequence[bytes]:
        if table not in self._tables:
            return ()
        keys = self._sorted.get(table)
        if keys is None:
            keys = self._sorted[table] = sorted(self._tables[table])
        return between(keys, start, stop)
