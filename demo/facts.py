"""What upstream systems say, as the story puts it; `record` makes a Kafka record of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import schemas

CREATOR = "mira"
_EXAMPLES = Path(schemas.__file__).parent / "examples"


@dataclass(frozen=True)
class Fact:
    """Something that happened, not yet dated: the time is when it is sent."""

    topic: str
    key: str
    fields: Mapping[str, object]
    """The event, without its id and times."""

    expires_in: timedelta | None = None
    """How long after it is sent an invite ends; negative if it ended before."""

    def record(self, event_id: str, now: datetime) -> bytes:
        """The record's value, as JSON in UTF-8, if it is sent at `now`."""
        event = {**self.fields, "event_id": event_id, "occurred_at": _rfc3339(now)}
        if self.expires_in is not None:
            event["expires_at"] = _rfc3339(now + self.expires_in)
        return json.dumps(event).encode()


@dataclass(frozen=True)
class Broken(Fact):
    """A record that is no event: a system upstream has a bug."""

    fields: Mapping[str, object] = field(default_factory=dict)
    value: bytes = b""

    def record(self, event_id: str, now: datetime) -> bytes:
        """The value as it is."""
        return self.value


def posted(video_id: str, title: str, *product_ids: str, not_required: tuple[str, ...] = ()) -> Fact:
    """A video was posted with links to products; those `not_required` need no seller's approval."""
    links = [{"product_id": product_id} for product_id in product_ids]
    links += [{"product_id": product_id, "seller_approval": "not_required"} for product_id in not_required]
    return _like("video-links/posted-least", video_id=video_id, title=title, links=links)


def deleted(video_id: str) -> Fact:
    """A video was deleted."""
    return _like("video-links/deleted", video_id=video_id)


def approved_by_seller(product_id: str) -> Fact:
    """The seller lets this creator promote the product."""
    return _like("seller-decisions/approved", product_id=product_id)


def rejected_by_seller(product_id: str, reason: str, **contact: str) -> Fact:
    """The seller does not; `contact` (name, email, phone, url) is how to reach them."""
    return _like("seller-decisions/rejected", product_id=product_id, reason=reason, seller_contact=contact)


def invite_ends(product_id: str, **after: float) -> Fact:
    """The invite for a product ends so long `after` this is sent, as timedelta counts time."""
    event = _like("invite-expiries/future", product_id=product_id)
    return Fact(event.topic, event.key, event.fields, timedelta(**after))


def moderated(video_id: str, verdict: str, product_id: str | None = None) -> Fact:
    """Moderation's verdict ("approved" or "violation") on a whole video, or on one link of it."""
    return _like("moderation/approved-video", video_id=video_id, product_id=product_id, verdict=verdict)


def stocked(product_id: str, available: int) -> Fact:
    """So many units of a product are left."""
    return _like("inventory/in-stock", key=product_id, product_id=product_id, available=available)


def broken(example: str) -> Fact:
    """A record that nothing can be made of: an invalid example."""
    topic = example.partition("/")[0]
    return Broken(topic, CREATOR, value=(_EXAMPLES / "invalid" / example).read_bytes())


def _like(example: str, key: str = CREATOR, **fields: object) -> Fact:
    """An event like an example (`TOPIC/NAME`), with other `fields`."""
    event = json.loads((_EXAMPLES / f"{example}.json").read_bytes())
    owner = {"creator_id": CREATOR} if "creator_id" in event else {}
    return Fact(example.partition("/")[0], key, event | owner | fields)


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
