"""A worker's disk: what `streams.runtime.store.Store` keeps in RocksDB, with the ways in which it is lost."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from streams.runtime.records import Write

_UNDONE_AT_MOST = 4


class Disk:
    """One database. Each write is whole or not there; a power failure takes the latest back."""

    def __init__(self) -> None:
        self.data: dict[tuple[str, bytes], bytes] = {}
        self.positions: dict[str, int] = {}
        self._journal: list[tuple[dict[tuple[str, bytes], bytes | None], dict[str, int]]] = []

    def write(self, writes: Mapping[str, Iterable[Write]], positions: Mapping[str, int]) -> None:
        """Apply all of it."""
        before: dict[tuple[str, bytes], bytes | None] = {}
        positions_before = dict(self.positions)
        for table, changes in writes.items():
            for key, value in changes:
                before.setdefault((table, key), self.data.get((table, key)))
                self._set((table, key), value)
        self.positions.update(positions)
        self._journal = [*self._journal[1 - _UNDONE_AT_MOST :], (before, positions_before)]

    def lose_power(self, writes: int) -> None:
        """Take back up to `writes` of the latest writes: they were not synced."""
        for _ in range(min(writes, len(self._journal))):
            before, self.positions = self._journal.pop()
            for place, value in before.items():
                self._set(place, value)

    def wipe(self) -> None:
        """Lose everything."""
        self.data, self.positions, self._journal = {}, {}, []

    def table(self, name: str) -> dict[bytes, bytes]:
        """The entries of one table."""
        return {key: value for (table, key), value in self.data.items() if table == name}

    def _set(self, place: tuple[str, bytes], value: bytes | None) -> None:
        if value is None:
            self.data.pop(place, None)
        else:
            self.data[place] = value


class Mount:
    """A database directory as one process sees it."""

    def __init__(self, disk: Disk, effect: Callable[[Callable[[], None]], None]) -> None:
        self.disk = disk
        self.effect = effect


class Store:
    """A `streams.runtime.store.Store` on a `Mount`.

    It is never outdated: the simulated Kafka forgets no tombstone.
    """

    outdated = False

    def __init__(self, path: Mount) -> None:
        self.path = path
        self._disk = path.disk

    @classmethod
    async def open(cls, path: Mount, resources: Any) -> "Store":
        return cls(path)

    def get(self, table: str, keys: Sequence[bytes]) -> list[bytes | None]:
        data = self._disk.data
        return [data.get((table, key)) for key in keys]

    def scan(self, table: str, start: bytes, stop: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        entries = self._disk.data.items()
        found = [(key, value) for (name, key), value in entries if name == table and start <= key < stop]
        return sorted(found)[:limit]

    def write(self, writes: Mapping[str, Iterable[Write]], positions: Mapping[str, int]) -> None:
        self.path.effect(lambda: self._disk.write(writes, positions))

    def position(self, changelog: str) -> int | None:
        return self._disk.positions.get(changelog)

    def begin_restoration(self) -> None: ...

    def end_restoration(self) -> None: ...

    def wipe(self) -> None:
        self._disk.wipe()

    def close(self) -> None: ...
