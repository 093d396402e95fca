"""A table of one step on one partition: decoded objects over a key-value store."""

from bisect import insort
from collections.abc import Collection, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from streams.runtime.generations import Generations
from streams.runtime.reader import Reader, between, changed, pages
from streams.runtime.records import Write

T = TypeVar("T")


class Unreadable(ValueError):
    """State that this version cannot read. The text says it all."""


class Codec(Protocol[T]):
    """Bytes of a value, and back. Raises Unreadable for what a newer version wrote in a way of its own."""

    def encode(self, value: T, /) -> bytes: ...
    def decode(self, data: bytes, /) -> T: ...


class Table(Generic[T]):
    """Reads through a cache of decoded objects that `generations` bounds; writes stay here until `drain`.

    Objects may be changed in place when `put` follows. A hit costs one dict look-up.
    """

    def __init__(self, name: str, codec: Codec[T], reader: Reader, generations: Generations) -> None:
        self.name = name
        self._codec = codec
        self._reader = reader
        self._generations = generations
        generations.join(self)
        self._young: dict[bytes, T | None] = {}
        self._old: dict[bytes, T | None] = {}
        self._dirty: dict[bytes, T | None] = {}
        self._dirty_keys: list[bytes] | None = None

    def get(self, key: bytes) -> T | None:
        """The value of `key`, or None."""
        try:
            return self._young[key]
        except KeyError:
            self.prefetch((key,))
            return self._young[key]

    def put(self, key: bytes, value: T) -> None:
        """Set `key`."""
        # As `_remember` and `_mark`, without their calls: this is done for each record.
        if key not in self._young:
            self._generations.born()
        self._young[key] = value
        if self._dirty_keys is not None and key not in self._dirty:
            insort(self._dirty_keys, key)
        self._dirty[key] = value

    def append(self, key: bytes, value: T) -> None:
        """Set `key` without keeping it decoded: nothing reads it soon, or only by `scan`."""
        self._write(key, value)

    def delete(self, key: bytes) -> None:
        """Remove `key`."""
        self._write(key, None)

    def prefetch(self, keys: Collection[bytes]) -> None:
        """Have `keys` decoded, those that are not yet by one look-up in the store."""
        missing = []
        for key in keys:
            if key in self._young:
                continue
            if key in self._dirty:
                self._remember(key, self._dirty[key])
            elif key in self._old:
                self._remember(key, self._old[key])
            else:
                missing.append(key)
        self._generations.misses += len(missing)
        self._generations.hits += len(keys) - len(missing)
        if missing:
            decode = self._codec.decode
            for key, data in zip(missing, self._reader.get(self.name, missing), strict=True):
                self._remember(key, None if data is None else decode(data))

    def scan(self, start: bytes, stop: bytes, limit: int) -> Iterator[tuple[bytes, T]]:
        """Up to `limit` entries with `start` <= key < `stop` in key order, changes of this batch included."""
        dirty, decode = self._dirty, self._codec.decode
        found = pages(self._reader, self.name, start, stop, limit)
        stored = ((key, decode(data)) for key, data in found if key not in dirty)
        return changed(stored, dirty, self._dirty_between(start, stop), limit)

    def stored(self, start: bytes, stop: bytes, limit: int) -> Iterator[tuple[bytes, T]]:
        """The same as of the last commit, for who looks on while a batch is being folded."""
        for key, data in self._reader.scan(self.name, start, stop, limit):
            yield key, self._codec.decode(data)

    @property
    def written(self) -> list[bytes]:
        """The keys of the writes since the last `drain`."""
        return list(self._dirty)

    def drain(self) -> list[Write]:
        """The writes since the last `drain`, encoded: the caller's to make durable, or to `discard`."""
        encode = self._codec.encode
        writes = [(key, None if value is None else encode(value)) for key, value in self._dirty.items()]
        self._dirty = {}
        self._dirty_keys = None
        return writes

    def discard(self) -> None:
        """Forget what is not in the store: unfinished writes and every decoded object."""
        self._young, self._old, self._dirty = {}, {}, {}
        self._dirty_keys = None

    def age(self) -> dict[bytes, T | None]:
        """Drop the decoded objects that were not asked for during the last generation, and return them."""
        dropped, self._old, self._young = self._old, self._young, {}
        return dropped

    def close(self) -> None:
        """Make room for other tables."""
        self.discard()
        self._generations.leave(self)

    def _write(self, key: bytes, value: T | None) -> None:
        self._young.pop(key, None)
        self._old.pop(key, None)
        self._mark(key, value)

    def _mark(self, key: bytes, value: T | None) -> None:
        if self._dirty_keys is not None and key not in self._dirty:
            insort(self._dirty_keys, key)
        self._dirty[key] = value

    def _remember(self, key: bytes, value: T | None) -> None:
        if key not in self._young:
            self._generations.born()
        self._young[key] = value

    def _dirty_between(self, start: bytes, stop: bytes) -> Sequence[bytes]:
        if self._dirty_keys is None:
            self._dirty_keys = sorted(self._dirty)
        return between(self._dirty_keys, start, stop)
