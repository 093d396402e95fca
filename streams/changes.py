"""The records that tell of a video: each change, and the current status (CONTRACT.md, "Events out").

Written once for each change, so parts that recur are encoded once: issues by kind and contact, counts.
"""

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple
from zlib import crc32

from msgspec import Raw, Struct
from msgspec.json import Encoder

from streams import cloudevents
from streams.domain.change import Change, LinkIssue
from streams.domain.facets import Contact
from streams.domain.facts import Fact
from streams.domain.issues import BY_CODE, CONTACT_TOLD, codes
from streams.domain.labels import labels
from streams.domain.status import Counts, count, status_of
from streams.domain.video import Video
from streams.instant import rfc3339
from streams.runtime.records import Outgoing

ContactOf = Callable[[str], Contact | None]
"""The seller's contact for a product of the video's creator."""

_encode = Encoder().encode
_CHANGED = b"video_status_changed"
_STATUS = b"video_status"


class Sink(NamedTuple):
    """Where records go: a topic's full name, and the frame before each value, where a registry wants one."""

    topic: str
    frame: bytes = b""


class Named(Struct, frozen=True, gc=False):
    """A video and its ids."""

    creator_id: str
    video_id: str
    video: Video


class Cause(Struct, frozen=True, gc=False):
    """What made a video change: a fact, and the moment (epoch milliseconds) from which it holds."""

    fact: Fact
    occurred_at: int


class _Cause(Struct):
    type: str
    event_id: str
    topic: str
    partition: int
    offset: int


class _Change(Struct):
    type: str
    event_id: str
    video_id: str
    creator_id: str
    version: int
    occurred_at: str
    processed_at: str
    before: Raw | None
    after: Raw | None
    links: Raw
    issues_added: list[LinkIssue]
    issues_removed: list[LinkIssue]
    cause: _Cause


class _Video(Struct):
    video_id: str
    creator_id: str
    title: str
    posted_at: str
    version: int


def change(
    sink: Sink,
    creator_id: str,
    changed: Change,
    topic: str,
    links: Raw,
    added: list[LinkIssue],
    removed: list[LinkIssue],
) -> Outgoing:
    """The record of a change of a creator's video by a record of `topic` (a full name). It has these
    `links_of` since; issues were `added` and `removed`.
    """
    fact = changed.fact
    event_id = change_id(changed.video_id, changed.version, fact)
    occurred_at = rfc3339(changed.occurred_at)
    body = _Change(
        "video_status_changed",
        event_id,
        changed.video_id,
        creator_id,
        changed.version,
        occurred_at,
        rfc3339(changed.processed_at),
        None if changed.before is None else Raw(_summary(changed.before)),
        None if changed.after is None else Raw(_summary(changed.after)),
        links,
        added,
        removed,
        _Cause(fact.type, fact.event_id, topic, fact.partition, fact.offset),
    )
    key = changed.video_id.encode()
    headers = cloudevents.headers(_CHANGED, event_id, key, occurred_at)
    return Outgoing(sink.topic, key, sink.frame + _encode(body), headers)


def status(sink: Sink, named: Named, by: Fact, links: Raw, now: int) -> Outgoing:
    """The record of the current status of `named`, `links_of` included, since the fact `by`: a tombstone when
    it is deleted.
    """
    video_id, video = named.video_id, named.video
    key, updated_at = video_id.encode(), rfc3339(now)
    if not video.visible or video.registration is None:
        headers = cloudevents.headers(_STATUS, f"{video_id}/{video.version}", key, updated_at)
        return Outgoing(sink.topic, key, None, headers)
    posted_at = rfc3339(video.registration.occurred_at)
    known = _encode(_Video(video_id, named.creator_id, video.title, posted_at, video.version))
    summary = _summary(count(video.marks))
    body = b'%b,%b,"links":%b,"updated_at":"%b"}' % (known[:-1], summary[1:-1], links, updated_at.encode())
    # A title, a contact or the registration may change within a version, and is then another event; so it is
    # where a contact is again what it was.
    made_by = crc32(f"{by.type}\0{by.event_id}\0{by.occurred_at}".encode())
    event_id = f"{video_id}/{video.version}/{crc32(links, crc32(known, made_by)):x}"
    headers = cloudevents.headers(_STATUS, event_id, key, updated_at)
    return Outgoing(sink.topic, key, sink.frame + body, headers)


def links_of(video: Video, contact_of: ContactOf) -> Raw:
    """The links of a video as its records have them."""
    links = []
    for link, mark in zip(video.links, video.marks, strict=True):
        contact = contact_of(link.product_id) if mark & CONTACT_TOLD else None
        links.append(b'{"product_id":' + _encode(link.product_id) + _after_product(mark, contact))
    return Raw(b"[" + b",".join(links) + b"]")


def change_id(video_id: str, version: int, cause: Fact) -> str:
    """The same id for the same change, however often it is published."""
    identity = f"{video_id}\0{version}\0{cause.type}\0{cause.event_id}\0{cause.occurred_at}"
    return blake2b(identity.encode(), digest_size=16).hexdigest()


@lru_cache(maxsize=4096)
def _summary(counts: Counts) -> bytes:
    summary = {
        "status": counts.status,
        "in_review": counts.in_review,
        "need_attention": counts.need_attention,
        "labels": labels(counts),
    }
    return _encode(summary)


@lru_cache(maxsize=10_000)
def _after_product(mark: int, contact: Contact | None) -> bytes:
    """The fields of a link that follow its product."""
    issues = [_issue(code, contact) for code in codes(mark)]
    return b"," + _encode({"status": status_of(mark), "issues": issues})[1:]


def _issue(code: str, contact: Contact | None) -> dict[str, object]:
    kind = BY_CODE[code]
    issue: dict[str, object] = {"code": code, "recovery": kind.recovery, "message": kind.message}
    if kind.tells_contact and contact is not None:
        fields = {name: getattr(contact, name) for name in contact.__struct_fields__}
        known = {name: value for name, value in fields.items() if value is not None}
        if known:
            issue["seller_contact"] = known
    return issue
