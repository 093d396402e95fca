"""One compacted topic as it was read: a table's changelog, or video-status."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from streams.runtime.partitioner import partition_for
from streams.runtime.reader import pages
from streams.runtime.store import Store

UNREADABLE = "unreadable"
"""Stands for an entry that this version cannot decode."""

# No text begins with this byte, but a key may be of somebody who does not know the contract.
_LAST = b"\xff" * 600
_PAGE = 1_000


class Place(NamedTuple):
    """Where an entry lies, or might lie."""

    partition: int
    key: bytes


class Kept:
    """The entries of one table, in a store for each partition of its topic."""

    def __init__(
        self,
        table: str,
        topic: str,
        decode: Callable[[bytes], Any],
        owner: Callable[[bytes], str | None],
        stores: list[Store],
    ) -> None:
        """`owner`: the id by which a key is partitioned, None for a key that each partition has; raises
        ValueError for what is no key of the table.
        """
        self.topic = topic
        self.stores = stores
        self._table = table
        self._decode = decode
        self._owner = owner

    def home(self, owner: str) -> int:
        """The partition of what belongs to an id."""
        return partition_for(owner.encode(), len(self.stores))

    def at_home(self, place: Place) -> bool:
        """Whether a key lies on the partition where it belongs: elsewhere no worker looks for it."""
        try:
            owner = self._owner(place.key)
        except ValueError:
            return False
        return owner is None or self.home(owner) == place.partition

    def data(self, place: Place) -> bytes | None:
        """What is stored there."""
        (data,) = self.stores[place.partition].get(self._table, [place.key])
        return data

    def read(self, data: bytes | None) -> Any:
        """The same, decoded: None, or UNREADABLE, if it is that."""
        try:
            return None if data is None else self._decode(data)
        except (ValueError, RecursionError):
            return UNREADABLE

    def entries(self) -> Iterator[tuple[Place, bytes]]:
        """All that is stored, partition by partition."""
        for partition, store in enumerate(self.stores):
            for key, data in pages(store, self._table, b"", _LAST, _PAGE):
                yield Place(partition, key), data
