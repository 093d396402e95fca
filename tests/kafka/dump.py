"""What stands in the state directory of a stopped worker."""

from pathlib import Path

from streams.runtime.store import Resources, Store

_END = b"\xff" * 300


def dump(state: Path) -> dict[str, dict[bytes, bytes]]:
    """Every table's entries, by task and table; changelog positions are left out."""
    resources = Resources(8 << 20, 8 << 20)
    tables: dict[str, dict[bytes, bytes]] = {}
    for path in sorted(state.glob("*/*")):
        names = (
            ("videos", "products", "timers")
            if path.name.startswith("links")
            else ("levels", "subscribers", "fanouts")
        )
        store = Store(path, resources)
        for name in names:
            tables[f"{path.name}/{name}"] = dict(store.scan(name, b"", _END, 1_000_000))
        store.close()
    return tables
