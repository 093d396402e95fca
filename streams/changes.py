"""The records that tell of a video: each change, and the current status (CONTRACT.md, "Events out")."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from msgspec.json import Encoder

from streams import cloudevents
from streams.domain.facets import Contact
from streams.domain.facts import Fact
from streams.domain.issues import BY_CODE
from streams.domain.labels import labels
from streams.domain.status import Counts, LinkStatus, count
from streams.domain.video import Video
from streams.instant import rfc3339
from streams.runtime.records import Outgoing

ContactOf = Callable[[str], Contact | None]
"""The seller's contact for a product of the video's creator."""

_encode = Encoder().encode
_CHANGED = b"video_status_changed"
_STATUS = b"video_status"


class Named(NamedTuple):
    """A video and its ids."""

    creator_id: str
    video_id: str
    video: Video


class Cause(NamedTuple):
    """What made a video change: a fact, and the moment (epoch milliseconds) from which it holds."""

    fact: Fact
    occurred_at: int


def change(
    topic: str,
    named: Named,
    before: Sequence[LinkStatus] | None,
    cause: Cause,
    contact_of: ContactOf,
    now: int,
) -> Outgoing:
    """The record of the change from the link statuses `before` (None: at first) to those of `named`, made at
    `now`.
    """
    creator_id, video_id, video = named
    event_id = change_id(video_id, video.version, cause.fact)
    deleted = video.deletion is not None
    body = {
        "type": "video_status_changed",
        "event_id": event_id,
        "video_id": video_id,
        "creator_id": creator_id,
        "version": video.version,
        "occurred_at": rfc3339(cause.occurred_at),
        "processed_at": rfc3339(now),
        "before": None if before is None else _summary(count(before)),
        "after": None if deleted else _summary(count(video.statuses)),
        "links": _links(video.statuses, contact_of),
        "issues_added": _issues_beyond(video.statuses, before or ()),
        "issues_removed": _issues_beyond(before or (), video.statuses),
        "cause": _cause(cause.fact),
    }
    return Outgoing(
        topic,
        video_id.encode(),
        _encode(body),
        cloudevents.headers(_CHANGED, event_id, video_id, cause.occurred_at),
    )


def status(topic: str, named: Named, contact_of: ContactOf, now: int) -> Outgoing:
    """The record of the current status of `named`: a tombstone when the video is deleted."""
    creator_id, video_id, video = named
    headers = cloudevents.headers(_STATUS, f"{video_id}/{video.version}", video_id, now)
    if not video.visible or video.registration is None:
        return Outgoing(topic, video_id.encode(), None, headers)
    body = {
        "video_id": video_id,
        "creator_id": creator_id,
        "title": video.title,
        "posted_at": rfc3339(video.registration.occurred_at),
        "version": video.version,
        **_summary(count(video.statuses)),
        "links": _links(video.statuses, contact_of),
        "updated_at": rfc3339(now),
    }
    return Outgoing(topic, video_id.encode(), _encode(body), headers)


def change_id(video_id: str, version: int, cause: Fact) -> str:
    """The same id for the same change, however often it is published."""
    identity = f"{video_id}\0{version}\0{cause.type}\0{cause.event_id}\0{cause.occurred_at}"
    return blake2b(identity.encode(), digest_size=16).hexdigest()


def _summary(counts: Counts) -> Mapping[str, Any]:
    return {
        "status": counts.status,
        "in_review": counts.in_review,
        "need_attention": counts.need_attention,
        "labels": labels(counts),
    }


def _links(statuses: Iterable[LinkStatus], contact_of: ContactOf) -> list[Mapping[str, Any]]:
    return [
        {
            "product_id": link.product_id,
            "status": link.status,
            "issues": [_issue(code, link.product_id, contact_of) for code in link.issues],
        }
        for link in statuses
    ]


def _issue(code: str, product_id: str, contact_of: ContactOf) -> Mapping[str, Any]:
    kind = BY_CODE[code]
    issue: dict[str, Any] = {"code": code, "recovery": kind.recovery, "message": kind.message}
    contact = contact_of(product_id) if kind.tells_contact else None
    if contact is not None:
        fields = {name: getattr(contact, name) for name in contact.__struct_fields__}
        known = {name: value for name, value in fields.items() if value is not None}
        if known:
            issue["seller_contact"] = known
    return issue


def _issues_beyond(these: Iterable[LinkStatus], those: Iterable[LinkStatus]) -> list[Mapping[str, str]]:
    """The issues of `these` that `those` do not have, in the order of links and of issues."""
    known = {link.product_id: link.issues for link in those}
    return [
        {"product_id": link.product_id, "code": code}
        for link in these
        for code in link.issues
        if code not in known.get(link.product_id, ())
    ]


def _cause(fact: Fact) -> Mapping[str, Any]:
    source = fact.source
    return {
        "type": fact.type,
        "event_id": fact.event_id,
        "topic": source.topic,
        "partition": source.partition,
        "offset": source.offset,
    }
