"""A table of one step on one partition: objects over a key-value store."""

from bisect import bisect_left
from collections.abc import Collection, Iterator
from typing import Generic, Protocol, TypeVar

from streams.runtime.cache import Cache, Reader
from streams.runtime.generations import Room
from streams.runtime.records import Write

T = TypeVar("T")


class Codec(Protocol[T]):
    """Bytes of a value, and back."""

    def encode(self, value: T, /) -> bytes: ...
    def decode(self, data: bytes, /) -> T: ...


class Table(Generic[T]):
    """Reads through some decoded objects and a cache of stored values; writes stay here until `drain`.

    Objects may be changed in place when `put` follows. A hit costs one dict look-up.
    """

    def __init__(self, name: str, codec: Codec[T], reader: Reader, room: Room) -> None:
        self.name = name
        self._codec = codec
        self._reader = reader
        self._cache = Cache(name, reader, room.values)
        self._objects = room.objects
        self._objects.join(self)
        self._young: dict[bytes, T | None] = {}
        self._old: dict[bytes, T | None] = {}
        self._dirty: dict[bytes, T | None] = {}
        self._dirty_keys: list[bytes] | None = None

    def get(self, key: bytes) -> T | None:
        """The value of `key`, or None."""
        try:
            return self._young[key]
        except KeyError:
            value = self._read(key)
            self._remember(key, value)
            return value

    def put(self, key: bytes, value: T) -> None:
        """Set `key`."""
        self._remember(key, value)
        self._mark(key, value)

    def delete(self, key: bytes) -> None:
        """Remove `key`."""
        self._remember(key, None)
        self._mark(key, None)

    def prefetch(self, keys: Collection[bytes]) -> None:
        """Have `keys` at hand, those that are not yet by one look-up in the store."""
        missing = [key for key in keys if not self._has(key)]
        self._cache.fetch(missing, spared=len(keys) - len(missing))

    def scan(self, start: bytes, stop: bytes, limit: int) -> Iterator[tuple[bytes, T]]:
        """Up to `limit` entries with `start` <= key < `stop` in key order, changes of this batch included."""
        # Each changed key hides at most one stored entry: reading that many more keeps `limit` right.
        changed = self._changed_between(start, stop)
        stored = dict(self._reader.scan(self.name, start, stop, limit + len(changed)))
        keys = sorted(stored.keys() | set(changed)) if changed else list(stored)
        found = 0
        for key in keys:
            value = self._dirty[key] if key in self._dirty else self._codec.decode(stored[key])
            if value is not None:
                yield key, value
                found += 1
                if found == limit:
                    return

    def stored(self, start: bytes, stop: bytes, limit: int) -> Iterator[tuple[bytes, T]]:
        """The same as of the last commit, for who looks on while a batch is being folded."""
        for key, data in self._reader.scan(self.name, start, stop, limit):
            yield key, self._codec.decode(data)

    def drain(self) -> list[Write]:
        """The writes since the last `drain`, encoded: the caller's to make durable, or to `discard`."""
        encode = self._codec.encode
        writes = [(key, None if value is None else encode(value)) for key, value in self._dirty.items()]
        self._cache.update(writes)
        self._dirty, self._dirty_keys = {}, None
        return writes

    def discard(self) -> None:
        """Forget what is not in the store: unfinished writes, and every value that was read."""
        self._cache.clear()
        self._young, self._old, self._dirty, self._dirty_keys = {}, {}, {}, None

    def age(self) -> dict[bytes, T | None]:
        """Drop the objects that were not asked for during the last generation, and return them."""
        dropped, self._old, self._young = self._old, self._young, {}
        return dropped

    def close(self) -> None:
        """Make room for other tables."""
        self.discard()
        self._cache.close()
        self._objects.leave(self)

    def _has(self, key: bytes) -> bool:
        return key in self._young or key in self._dirty or key in self._old

    def _read(self, key: bytes) -> T | None:
        if key in self._dirty:
            return self._dirty[key]
        if key in self._old:
            return self._old[key]
        data = self._cache.get(key)
        return None if data is None else self._codec.decode(data)

    def _remember(self, key: bytes, value: T | None) -> None:
        if key not in self._young:
            self._objects.born()
        self._young[key] = value

    def _mark(self, key: bytes, value: T | None) -> None:
        if self._dirty_keys is not None and key not in self._dirty:
            self._dirty_keys = None
        self._dirty[key] = value

    def _changed_between(self, start: bytes, stop: bytes) -> list[bytes]:
        if self._dirty_keys is None:
            self._dirty_keys = sorted(self._dirty)
        return self._dirty_keys[bisect_left(self._dirty_keys, start) : bisect_left(self._dirty_keys, stop)]
