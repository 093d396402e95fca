"""What upstream systems say, as the story puts it; `record` makes a Kafka record of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

CREATOR = "mira"


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
    return _of_creator("video-links", "video_posted", video_id=video_id, title=title, links=links)


def deleted(video_id: str) -> Fact:
    """A video was deleted."""
    return _of_creator("video-links", "video_deleted", video_id=video_id)


def approved_by_seller(product_id: str) -> Fact:
    """The seller lets this creator promote the product."""
    return _of_creator("seller-decisions", "seller_decision", product_id=product_id, decision="approved")


def rejected_by_seller(product_id: str, reason: str, **contact: str) -> Fact:
    """The seller does not; `contact` (name, email, phone, url) is how to reach them."""
    decision = {"product_id": product_id, "decision": "rejected", "reason": reason, "seller_contact": contact}
    return _of_creator("seller-decisions", "seller_decision", **decision)


def invite_ends(product_id: str, **after: float) -> Fact:
    """The invite for a product ends so long `after` this is sent, as timedelta counts time."""
    event = _of_creator("invite-expiries", "invite_expiry", product_id=product_id)
    return Fact(event.topic, event.key, event.fields, timedelta(**after))


def moderated(video_id: str, verdict: str, product_id: str | None = None) -> Fact:
    """Moderation's verdict ("approved" or "violation") on a whole video, or on one link of it."""
    return _of_creator(
        "moderation", "moderation_verdict", video_id=video_id, product_id=product_id, verdict=verdict
    )


def stocked(product_id: str, available: int) -> Fact:
    """So many units of a product are left."""
    event = {"type": "inventory_level", "product_id": product_id, "available": available}
    return Fact("inventory", product_id, event)


def broken(topic: str, value: bytes) -> Fact:
    """A record that nothing can be made of."""
    return Broken(topic, CREATOR, value=value)


def _of_creator(topic: str, type_: str, **fields: object) -> Fact:
    return Fact(topic, CREATOR, {"type": type_, "creator_id": CREATOR, **fields})


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
