"""A fact: what an upstream event said, when, and where its record stands."""

from msgspec import Struct

from schemas.status import FactType


class Fact(Struct, frozen=True, array_like=True, gc=False):
    """Identity and order of one upstream event. `occurred_at` is in epoch milliseconds.

    Its record is at `offset` of `partition` of the topic that has events of its `type`: there is one, so its
    name is not kept (docs/decisions/026).
    """

    occurred_at: int
    event_id: str
    type: FactType
    partition: int
    offset: int

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
