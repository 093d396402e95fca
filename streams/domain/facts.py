"""A fact: what an upstream event said, when, and where it stood."""

from msgspec import Struct


class Source(Struct, frozen=True, array_like=True, gc=False):
    """Where the record of a fact stands: full topic name, partition, offset."""

    topic: str
    partition: int
    offset: int


class Fact(Struct, frozen=True, array_like=True, gc=False):
    """Identity and order of one upstream event. `occurred_at` is in epoch milliseconds."""

    occurred_at: int
    event_id: str
    type: str
    source: Source

    def supersedes(self, other: "Fact | None") -> bool:
        """Whether this stands against `other`: the later by `(occurred_at, event_id)` does (CONTRACT.md).

        The same event again does not supersede itself.
        """
        if other is None:
            return True
        if self.occurred_at != other.occurred_at:
            return self.occurred_at > other.occurred_at
        return self.event_id > other.event_id

    def same_event(self, other: "Fact | None") -> bool:
        """Whether both are records of one event."""
        return other is not None and self.event_id == other.event_id and self.occurred_at == other.occurred_at
