"""The RocksDB database of one step on one partition: its tables, and how far their changelogs are in it."""

import asyncio
import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from rocksdict import Rdict, WriteBatch

from streams.runtime import directory
from streams.runtime.directory import marks_corruption
from streams.runtime.records import Write
from streams.runtime.resources import Resources

log = logging.getLogger(__name__)

# Half of what Kafka keeps tombstones for (delete.retention.ms in topics.yaml): the other half is for the
# restoration, and for a worker that stood still and did not know that others had its partition meanwhile.
OUTDATED_AFTER_S = 43_200

_POSITION = b"\0position\0"
_CURRENT_AT = b"\0current-at\0"
_LOCK_POLL_S = 0.1
_SEPARATOR = b"\0"
_FAMILY = "default"
_SIZES = ("total-sst-files-size", "cur-size-all-mem-tables")


class Store:
    """An open database. One owner at a time: RocksDB locks the directory.

    Most corruption is found not by opening it, but by the first read of a bad block: that raises, and the
    next `open` begins with an empty one.
    """

    def __init__(self, path: Path, resources: Resources) -> None:
        self.path = path
        self._resources = resources
        self._db = self._opened()
        self._in_use = False

    @classmethod
    async def open(cls, path: Path, resources: Resources, patience_s: float = 30.0) -> "Store":
        """Open or create the database at `path`.

        Another worker on this machine may be about to let go of it: waits up to `patience_s` seconds for its
        lock. A database that RocksDB calls corrupt is removed, since the changelog has it all.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        store = await cls._locked(path, resources, patience_s)
        if directory.is_marked(path):
            log.warning("%s: was found corrupt: restoring from scratch", path)
            store.wipe()
        directory.finish_removal(path)
        return store

    @classmethod
    async def _locked(cls, path: Path, resources: Resources, patience_s: float) -> "Store":
        waited = 0.0
        while True:
            try:
                return cls(path, resources)
            except Exception as error:  # rocksdict raises plain Exception
                if directory.is_corruption(error):
                    log.warning("%s: %s: restoring from scratch", path, error)
                    directory.remove(path)
                elif "lock" not in str(error).lower() or waited >= patience_s:
                    raise
                else:
                    await asyncio.sleep(_LOCK_POLL_S)
                    waited += _LOCK_POLL_S

    @marks_corruption
    def get(self, table: str, keys: Sequence[bytes]) -> list[bytes | None]:
        """The stored values of `keys`, in their order."""
        prefix = _prefix(table)
        return cast(list[bytes | None], self._db.get([prefix + key for key in keys]))

    @marks_corruption
    def scan(self, table: str, start: bytes, stop: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        """Up to `limit` entries with `start` <= key < `stop`, in key order."""
        prefix = _prefix(table)
        skip, last = len(prefix), prefix + stop
        found: list[tuple[bytes, bytes]] = []
        # A live iterator keeps the database locked after close(): without a name no traceback keeps it alive.
        for key, value in cast(Iterator[tuple[bytes, bytes]], self._db.items(from_key=prefix + start)):
            if key >= last or len(found) == limit:
                break
            found.append((key[skip:], value))
        else:
            begin = found[-1][0] + b"\0" if found else start
            if not self._is_end(prefix + begin):
                found += self.scan(table, begin, stop, limit - len(found))
        return found

    def _is_end(self, key: bytes) -> bool:
        """Whether nothing is from `key` on, and no block that was bad only once. Raises if a bad block is:
        rocksdict's `items` ends there without a word.
        """
        entries = self._db.iter()
        try:
            entries.seek(key)
            entries.status()
            return not entries.valid()
        finally:
            del entries  # see scan

    @marks_corruption
    def write(self, writes: Mapping[str, Iterable[Write]], positions: Mapping[str, int]) -> None:
        """Apply `writes` by table and the `positions` reached by changelog, all or nothing."""
        batch = WriteBatch(raw_mode=True)
        put, delete = batch.put, batch.delete
        for table, changes in writes.items():
            prefix = _prefix(table)
            for key, value in changes:
                if value is None:
                    delete(prefix + key)
                else:
                    put(prefix + key, value)
        for changelog, position in positions.items():
            put(_POSITION + changelog.encode(), b"%d" % position)
        if self._in_use:
            put(_CURRENT_AT, b"%d" % _now())
        self._db.write(batch)

    def position(self, changelog: str) -> int | None:
        """The offset from which `changelog` is not in the store yet; None when none of it is."""
        return self._number(_POSITION + changelog.encode())

    @property
    def outdated(self) -> bool:
        """Whether what was deleted since it was current may be gone from its changelogs."""
        current_at = self._number(_CURRENT_AT)
        return current_at is not None and _now() - current_at > OUTDATED_AFTER_S

    def begin_restoration(self) -> None:
        """Writes that follow do not make it current."""
        self._in_use = False
        # An empty one is restored as of now; one of a release that left no stamp is taken for current.
        if self._number(_CURRENT_AT) is None:
            self._stamp()

    def end_restoration(self) -> None:
        """It is current, and so it is after each write that follows."""
        self._in_use = True
        self._stamp()

    @marks_corruption
    def _number(self, key: bytes) -> int | None:
        value = self._db.get(key)
        return None if value is None else int(value)

    @marks_corruption
    def _stamp(self) -> None:
        self._db.put(_CURRENT_AT, b"%d" % _now())

    @property
    def keys(self) -> int:
        """How many keys there are, as RocksDB estimates."""
        return self._db.property_int_value("rocksdb.estimate-num-keys") or 0

    @property
    def bytes(self) -> int:
        """What it takes, on disk and in memory that is to be written."""
        return sum(self._db.property_int_value(f"rocksdb.{name}") or 0 for name in _SIZES)

    def wipe(self) -> None:
        """Remove everything, to restore from scratch."""
        self.close()
        directory.remove(self.path)
        self._db = self._opened()

    def _opened(self) -> Rdict:
        options = self._resources.options()
        # Said for the column family as well: rocksdict opens one that is there already as it was written, and
        # with a block cache of its own.
        return Rdict(str(self.path), options, {_FAMILY: options})

    def close(self) -> None:
        """Flush and let go of the directory. What cannot be flushed (the disk is full) the changelog has."""
        try:
            self._let_go()
        except Exception as error:  # rocksdict raises plain Exception
            log.error("%s: %s", self.path, error)

    @marks_corruption
    def _let_go(self) -> None:
        try:
            # Who has not written for that long may have stood still, while others had the partition.
            if self._in_use and not self.outdated:
                self._stamp()
        finally:
            self._db.close()


def _prefix(table: str) -> bytes:
    return table.encode() + _SEPARATOR


def _now() -> int:
    return int(time.time())
