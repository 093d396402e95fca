"""Durable timers over a table whose keys begin with their deadline."""

from streams import keys
from streams.runtime.table import Table

# A backlog of deadlines (after a long stop) is taken in pieces, so that records are not held up.
_AT_ONCE = 1000


class Timers:
    """Deadlines in epoch milliseconds, each with the key of what it is for.

    Deadlines that have passed leave deleted entries at the front of the table, which are slow to step over;
    `_from` remembers where the first one still standing can be.
    """

    def __init__(self, table: Table[bool]) -> None:
        self._table = table
        self._from = 0
        self._next: int | None = None
        self._known = False
        self.came: list[bytes] = []
        self.went: list[bytes] = []
        """Keys of timers, until who counts them clears the lists."""

    def set(self, deadline: int, key: bytes) -> None:
        """Have `key` come up at `deadline`."""
        timer = keys.at(deadline, key)
        self._table.append(timer, True)
        self.came.append(timer)
        self._from = min(self._from, deadline)
        if self._known and (self._next is None or deadline < self._next):
            self._next = deadline

    def cancel(self, deadline: int, key: bytes) -> None:
        """Take back a timer."""
        timer = keys.at(deadline, key)
        self._table.delete(timer)
        self.went.append(timer)
        if self._next == deadline:
            self._known = False

    def due(self, now: int) -> list[tuple[int, bytes]]:
        """Timers whose deadline is `now` or earlier, in their order; they are gone then. `next` tells whether
        more are due.
        """
        upcoming = self.next()
        if upcoming is None or upcoming > now:
            return []
        found = [key for key, _ in self._table.scan(keys.at(self._from), keys.at(now + 1), _AT_ONCE)]
        for key in found:
            self._table.delete(key)
        self.went += found
        due = [keys.split_at(key) for key in found]
        self._from = due[-1][0] if len(due) == _AT_ONCE else now + 1
        self._known = False
        return due

    def next(self) -> int | None:
        """The earliest deadline."""
        if not self._known:
            first = next(self._table.scan(keys.at(self._from), keys.END_OF_TIME, 1), None)
            self._next = None if first is None else keys.split_at(first[0])[0]
            self._known = True
        return self._next
