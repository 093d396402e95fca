"""The stored values of a table that were read or written lately, as they are stored."""

from collections.abc import Collection, Iterable
from typing import Protocol

from streams.runtime.generations import Generations
from streams.runtime.records import Write


class Reader(Protocol):
    """The part of a store that a table reads: the state as of the last completed batch."""

    def get(self, table: str, keys: list[bytes]) -> list[bytes | None]:
        """The stored values of `keys`, in their order."""

    def scan(self, table: str, start: bytes, stop: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        """Up to `limit` entries with `start` <= key < `stop`, in key order."""


class Cache:
    """Reads through; `generations` bounds what it holds. What is not stored is remembered, too.

    Most of the state in memory is here, encoded. Objects take six times the memory, and out of the
    processor's caches they take as long to be read as these take to be decoded (docs/decisions/025).
    """

    def __init__(self, table: str, reader: Reader, generations: Generations) -> None:
        self._table = table
        self._reader = reader
        self._generations = generations
        generations.join(self)
        self._young: dict[bytes, bytes | None] = {}
        self._old: dict[bytes, bytes | None] = {}

    def get(self, key: bytes) -> bytes | None:
        """The stored value of `key`, or None."""
        try:
            return self._young[key]
        except KeyError:
            self.fetch((key,))
            return self._young[key]

    def fetch(self, keys: Collection[bytes], spared: int = 0) -> None:
        """Have the values of `keys` at hand, those that are not yet by one look-up in the store.

        So many others were `spared`, since their objects were there.
        """
        missing = []
        for key in keys:
            if key in self._young:
                continue
            if key in self._old:
                self._put(key, self._old[key])
            else:
                missing.append(key)
        self._generations.misses += len(missing)
        self._generations.hits += spared + len(keys) - len(missing)
        if missing:
            for key, data in zip(missing, self._reader.get(self._table, missing), strict=True):
                self._put(key, data)

    def update(self, writes: Iterable[Write]) -> None:
        """These are about to be stored. What nobody asked for is not kept: many a key is only scanned."""
        for key, data in writes:
            if key in self._young:
                self._young[key] = data
            elif key in self._old:
                self._put(key, data)

    def clear(self) -> None:
        """Forget all."""
        self._young, self._old = {}, {}

    def age(self) -> dict[bytes, bytes | None]:
        """Drop the values that were not asked for during the last generation, and return them."""
        dropped, self._old, self._young = self._old, self._young, {}
        return dropped

    def close(self) -> None:
        """Make room for other tables."""
        self.clear()
        self._generations.leave(self)

    def _put(self, key: bytes, data: bytes | None) -> None:
        if key not in self._young:
            self._generations.born()
        self._young[key] = data
