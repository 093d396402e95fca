"""The facts that stand, straight from the contract: of each scope the latest by (occurred_at, event_id), of
registrations the earliest. Order of arrival, partitions and keys of records play no part.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from msgspec import msgpack

from schemas.decisions import SellerDecision
from schemas.decode import InvalidEvent, decode
from schemas.inventory import InventoryLevel
from schemas.invites import InviteExpiry
from schemas.links import VideoDeleted, VideoPosted
from schemas.moderation import ModerationVerdict
from streams.domain.facts import Fact
from streams.intake import read_event
from streams.runtime.reader import pages
from streams.runtime.records import Record
from streams.runtime.store import Store

POSTED, DELETED, DECIDED, INVITED, VERDICT, LEVEL = (
    "posted", "deleted", "decided", "invited", "verdict", "level",
)  # fmt: skip

# Free texts are cut when they are taken (docs/decisions/006).
_LONGEST_TEXT = 1_000
_LAST = b"\xff"
_PAGE = 1_000


class Standing(NamedTuple):
    """A fact that stands: its rank, and what it says."""

    occurred_at: int
    event_id: str
    says: dict[str, Any]

    @property
    def rank(self) -> tuple[int, str]:
        """The order of facts."""
        return self.occurred_at, self.event_id


def rank(fact: Fact) -> tuple[int, str]:
    """The same of a fact in the tables."""
    return fact.occurred_at, fact.event_id


def scope(*ids: str | None) -> bytes:
    """The key of what a fact is about; ids hold no control characters."""
    return "\0".join(each or "" for each in ids).encode()


def prevails(kind: str, fact: Standing, other: Standing | None) -> bool:
    """Whether `fact` stands against `other`."""
    if other is None:
        return True
    return fact.rank < other.rank if kind == POSTED else fact.rank > other.rank


class Facts:
    """The standing facts of all that was folded, on disk."""

    def __init__(self, store: Store, max_record_bytes: int) -> None:
        self._store = store
        self._max_record_bytes = max_record_bytes

    def fold(self, schema: str, records: Iterable[Record]) -> None:
        """Take the records of an input; those that cannot be read are no facts."""
        arrived: dict[str, dict[bytes, Standing]] = defaultdict(dict)
        for record in records:
            for kind, key, fact in self._read(schema, record):
                if prevails(kind, fact, arrived[kind].get(key)):
                    arrived[kind][key] = fact
        for kind, facts in arrived.items():
            known = zip(facts, self._store.get(kind, list(facts)), strict=True)
            stays = {key for key, data in known if not prevails(kind, facts[key], _decoded(data))}
            writes = [(key, msgpack.encode(fact)) for key, fact in facts.items() if key not in stays]
            self._store.write({kind: writes}, {})

    def get(self, kind: str, *about: str | None) -> Standing | None:
        """The fact of a kind that stands."""
        (data,) = self._store.get(kind, [scope(*about)])
        return _decoded(data)

    def scopes(self, kind: str, *within: str) -> Iterator[tuple[str, ...]]:
        """The ids of each scope of which there is a fact; only those that begin with some ids."""
        start = scope(*within, "") if within else b""
        stop = start[:-1] + b"\1" if within else _LAST
        for key, _ in pages(self._store, kind, start, stop, _PAGE):
            yield tuple(key.decode().split("\0"))

    def _read(self, schema: str, record: Record) -> Iterator[tuple[str, bytes, Standing]]:
        try:
            event: Any = read_event(schema, record, self._max_record_bytes, decode)
        except InvalidEvent:
            return
        kind, key, says = _said(event)
        yield kind, key, Standing(event.occurred_at, event.event_id, says)


def _said(event: Any) -> tuple[str, bytes, dict[str, Any]]:
    """Kind and scope of an event, and what of it matters."""
    match event:
        case VideoPosted():
            links = [
                [link.product_id, link.seller_approval == "required", link.seller_id] for link in event.links
            ]
            return POSTED, scope(event.creator_id, event.video_id), {"title": event.title, "links": links}
        case VideoDeleted():
            return DELETED, scope(event.creator_id, event.video_id), {}
        case SellerDecision():
            given = event.seller_contact.model_dump() if event.seller_contact else {}
            contact = {name: _cut(text) for name, text in given.items()}
            says = {
                "approved": event.decision == "approved",
                "contact": contact,
                "reason": _cut(event.reason),
            }
            return DECIDED, scope(event.creator_id, event.product_id), says
        case InviteExpiry():
            return INVITED, scope(event.creator_id, event.product_id), {"expires_at": event.expires_at}
        case ModerationVerdict():
            about = scope(event.creator_id, event.video_id, event.product_id)
            why = {"policy": _cut(event.policy), "reason": _cut(event.reason)}
            return VERDICT, about, {"violation": event.verdict == "violation", **why}
        case InventoryLevel():
            return LEVEL, scope(event.product_id), {"available": event.available}
    raise TypeError(f"{type(event).__name__} is no fact")


def _cut(text: str | None) -> str | None:
    return None if text is None else text[:_LONGEST_TEXT]


def _decoded(data: bytes | None) -> Standing | None:
    return None if data is None else msgpack.decode(data, type=Standing)
