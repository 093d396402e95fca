"""What the workers made of it: their tables, as the changelogs have them, and the compacted video-status.

Read as a worker that takes over would restore them, into a directory of the audit's own.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from streams.runtime.partitioner import partition_for
from streams.runtime.restore import Changelog, NewReader, restore
from streams.runtime.step import StepSpec
from streams.runtime.store import Store
from streams.wire_format import unframed

VIDEOS, PRODUCTS, TIMERS, LEVELS, SUBSCRIBERS = "videos", "products", "timers", "levels", "subscribers"
FANOUTS = "fanouts"
STATUS = "video-status"

OpenStore = Callable[[str], Store]
"""Makes an empty store of a name."""

_LAST = b"\xff"
_PAGE = 1_000


class _Kept(NamedTuple):
    """A compacted topic, and a store for each of its partitions."""

    topic: str
    decode: Callable[[bytes], Any]
    stores: list[Store]


def _published(value: bytes) -> Any:
    return json.loads(unframed(value))


class Live:
    """The tables of all partitions, by name. Keys are those of the tables."""

    def __init__(
        self, open_store: OpenStore, specs: list[StepSpec], status: str, partitions: Mapping[str, int]
    ) -> None:
        """`status`: the topic video-status; full names throughout."""
        self._open_store = open_store
        self._kept = {STATUS: _Kept(status, _published, self._open(STATUS, partitions[status]))}
        for spec in specs:
            stores = self._open(spec.name, partitions[spec.topics[0]])
            for table in spec.tables:
                self._kept[table.name] = _Kept(table.changelog, table.codec.decode, stores)

    async def refresh(self, new_reader: NewReader) -> None:
        """Read on to the end of what is committed."""
        changelogs = [
            Changelog(kept.topic, partition, table, store)
            for table, kept in self._kept.items()
            for partition, store in enumerate(kept.stores)
        ]
        await restore(changelogs, new_reader)

    def get(self, table: str, key: bytes, partitioned_by: str) -> Any:
        """An entry, decoded, or None; it lies on the partition of the id that the table is partitioned by."""
        _, decode, stores = self._kept[table]
        store = stores[partition_for(partitioned_by.encode(), len(stores))]
        (data,) = store.get(table, [key])
        return None if data is None else decode(data)

    def keys(self, table: str) -> Iterator[bytes]:
        """The keys of a table, partition by partition."""
        for store in self._kept[table].stores:
            start = b""
            while page := store.scan(table, start, _LAST, _PAGE):
                yield from (key for key, _ in page)
                start = page[-1][0] + b"\0"

    def close(self) -> None:
        """Let go of the directory."""
        for store in {id(store): store for kept in self._kept.values() for store in kept.stores}.values():
            store.close()

    def _open(self, name: str, partitions: int) -> list[Store]:
        return [self._open_store(f"{name}-{number}") for number in range(partitions)]
