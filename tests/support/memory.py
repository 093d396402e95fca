"""What the runtime keeps in RocksDB, kept in a dict."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from streams.runtime.records import Write


class Memory:
    """A `streams.runtime.table.Reader` that also takes writes."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[bytes, bytes]] = defaultdict(dict)

    def get(self, table: str, keys: list[bytes]) -> list[bytes | None]:
        stored = self.tables[table]
        return [stored.get(key) for key in keys]

    def scan(self, table: str, start: bytes, stop: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        found = sorted(entry for entry in self.tables[table].items() if start <= entry[0] < stop)
        return found[:limit]

    def write(self, writes: Mapping[str, Iterable[Write]]) -> None:
        """Apply `writes` by table."""
        for table, changes in writes.items():
            for key, value in changes:
                if value is None:
                    self.tables[table].pop(key, None)
                else:
                    self.tables[table][key] = value
