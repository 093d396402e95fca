"""What stands in the state directory of a stopped worker."""

from pathlib import Path

from streams.runtime.resources import Resources
from streams.runtime.store import Store
from streams.topics import Topics
from streams.topology import steps

_END = b"\xff" * 600
_TABLES = {spec.name: [table.name for table in spec.tables] for spec in steps(Topics.load(""), 1)}


def dump(state: Path) -> dict[str, dict[bytes, bytes]]:
    """Every table's entries, by task and table; changelog positions are left out."""
    resources = Resources(8 << 20, 8 << 20)
    tables: dict[str, dict[bytes, bytes]] = {}
    for path in sorted(state.glob("*/*")):
        store = Store(path, resources)
        for name in _TABLES[path.name.rpartition("-")[0]]:
            tables[f"{path.name}/{name}"] = dict(store.scan(name, b"", _END, 1_000_000))
        store.close()
    return tables
