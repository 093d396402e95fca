"""How many decoded objects the tables of a worker may hold together."""

from typing import Any, Protocol


class Cached(Protocol):
    """What holds decoded objects in two generations."""

    def age(self) -> dict[bytes, Any]:
        """Give up the old objects, and return them; the young ones are the old ones now."""


class Generations:
    """Bounds the decoded objects of all tables to `objects`, half of them young.

    When there are as many young objects as that, all tables begin a new generation: what was not asked for
    during a whole one is dropped. A busy table so has the room that the quiet ones do not need.

    For each object that is born one that was dropped is let go of: all at once would take 0.1 s.
    """

    def __init__(self, objects: int) -> None:
        self._size = max(1, objects // 2)
        self._young = 0
        self._tables: list[Cached] = []
        self._dropped: list[dict[bytes, Any]] = []
        self.hits = 0
        self.misses = 0
        """Of what batches asked for ahead: objects that were there, and those that were not."""

    def join(self, table: Cached) -> None:
        """From now on `table` reports what it holds."""
        self._tables.append(table)

    def leave(self, table: Cached) -> None:
        """`table` is let go of. What it held is counted until the generation ends."""
        self._tables.remove(table)

    def born(self) -> None:
        """A table is about to hold one more young object."""
        if self._young >= self._size:
            self._young = 0
            self._dropped = [old for table in self._tables if (old := table.age())]
        self._young += 1
        if self._dropped:
            self._let_one_go()

    def _let_one_go(self) -> None:
        last = self._dropped[-1]
        last.popitem()
        if not last:
            self._dropped.pop()
