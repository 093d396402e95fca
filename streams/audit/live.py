"""What the workers made of it: their tables, as the changelogs have them, and the compacted video-status.

Read as a worker that takes over would restore them, into a directory of the audit's own.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import json

from streams.audit.kept import UNREADABLE, Kept, Place
from streams.audit.tables import OWNERS, STATUS
from streams.runtime.restore import Changelog, NewReader, restore
from streams.runtime.step import StepSpec
from streams.runtime.store import Store
from streams.wire_format import unframed

OpenStore = Callable[[str], Store]
"""Makes an empty store of a name."""


def _published(value: bytes) -> dict[str, Any]:
    body: dict[str, Any] = json.decode(unframed(value) if value else value, type=dict[str, Any])
    if not isinstance(body.get("creator_id"), str):
        raise ValueError("a status has a creator")
    return body


class Live:
    """The tables of all partitions, by name. Keys are those of the tables."""

    def __init__(
        self, open_store: OpenStore, specs: list[StepSpec], status: str, partitions: Mapping[str, int]
    ) -> None:
        """`status`: the topic video-status; full names throughout."""
        self._open_store = open_store
        statuses = self._open(STATUS, partitions[status])
        self._kept = {STATUS: Kept(STATUS, status, _published, OWNERS[STATUS], statuses)}
        for spec in specs:
            stores = self._open(spec.name, partitions[spec.topics[0]])
            for name, changelog, codec in spec.tables:
                self._kept[name] = Kept(name, changelog, codec.decode, OWNERS[name], stores)

    async def refresh(self, new_reader: NewReader) -> None:
        """Read on to the end of what is committed."""
        changelogs = [
            Changelog(kept.topic, partition, table, store)
            for table, kept in self._kept.items()
            for partition, store in enumerate(kept.stores)
        ]
        await restore(changelogs, new_reader)

    def get(self, table: str, key: bytes, partitioned_by: str) -> Any:
        """An entry, decoded, from the partition of the id that the table is partitioned by; None where there
        is none, or none that can be read.
        """
        found = self.at(table, self._home(table, key, partitioned_by))
        return None if found is UNREADABLE else found

    def holds(self, table: str, key: bytes, partitioned_by: str) -> bool:
        """Whether there is such an entry, readable or not."""
        return self._kept[table].data(self._home(table, key, partitioned_by)) is not None

    def at(self, table: str, place: Place) -> Any:
        """What lies at a place, decoded; None where nothing does, UNREADABLE where that is so."""
        kept = self._kept[table]
        return kept.read(kept.data(place))

    def at_home(self, table: str, place: Place) -> bool:
        """Whether the key lies on the partition where it belongs."""
        return self._kept[table].at_home(place)

    def places(self, table: str) -> Iterator[Place]:
        """Where there is an entry, partition by partition."""
        return (place for place, _ in self._kept[table].entries())

    def keys(self, table: str) -> Iterator[bytes]:
        """The keys of a table that lie where they belong, partition by partition."""
        return (place.key for place in self.places(table) if self.at_home(table, place))

    def flawed(self) -> Iterator[tuple[str, Place]]:
        """Of all tables the entries that no worker finds, or can read."""
        for table, kept in self._kept.items():
            for place, data in kept.entries():
                if kept.read(data) is UNREADABLE or not kept.at_home(place):
                    yield table, place

    def close(self) -> None:
        """Let go of the directory."""
        for store in {id(store): store for kept in self._kept.values() for store in kept.stores}.values():
            store.close()

    def _home(self, table: str, key: bytes, partitioned_by: str) -> Place:
        return Place(self._kept[table].home(partitioned_by), key)

    def _open(self, name: str, partitions: int) -> list[Store]:
        return [self._open_store(f"{name}-{number}") for number in range(partitions)]
