"""video-status-changes and video-status: what subscribers read. Source: contract, "Events out"."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import INT64_MAX, Count, Event, Fact, Id, Model, Position
from schemas.decisions import SellerContact
from schemas.timestamps import Instant

Status = Literal["needs_attention", "in_review", "approved"]
IssueCode = Literal[
    "content_quality_violation", "rejected_by_seller", "invite_expired", "product_out_of_stock"
]
Version = Annotated[int, Field(ge=1, le=INT64_MAX)]


class Issue(Model):
    """What is wrong with a link, how it gets well again, and what the creator is told."""

    code: IssueCode
    recovery: Literal["automatic", "new_upload"]
    """`automatic`: the link comes back by itself; `new_upload`: the creator has to post again."""

    message: str
    """What the creator is told."""

    seller_contact: SellerContact | None = None
    """Where it is known and of use."""


class LinkStatus(Model):
    """The status of one link; its issues in the order of `IssueCode`."""

    product_id: Id
    status: Status
    issues: tuple[Issue, ...]
    """Empty unless the link needs attention; the first one leads."""


class Summary(Model):
    """The status of a video: links in review, links that need attention, and both in words."""

    status: Status
    """`needs_attention` if any link does, else `in_review` if any is."""

    in_review: Count
    """How many links are in review."""

    need_attention: Count
    """How many links need attention."""

    labels: tuple[str, ...]
    """Both counts as the creator reads them; empty when approved."""


class LinkIssue(Model):
    """An issue that came or went, and the link it belongs to."""

    product_id: Id
    code: IssueCode


FactType = Literal[
    "video_posted",
    "video_deleted",
    "seller_decision",
    "invite_expiry",
    "moderation_verdict",
    "inventory_level",
]
"""The types of events that are facts about links."""


class Cause(Position):
    """The fact that caused a change, and where its record stands."""

    type: FactType
    event_id: Id
    """Of the fact that caused the change."""


class VideoStatusChanged(Fact):
    """A change of a video's status or issues; `before` is null at first, `after` once it is deleted."""

    event_id: Id
    """Names the change: the same when the same change is published again."""

    type: Literal["video_status_changed"]
    video_id: Id
    creator_id: Id
    version: Version
    """1 at first, and one more with each change of the video."""

    occurred_at: Instant
    """When the fact happened that caused it; of a deadline that passed, the deadline."""

    processed_at: Instant
    """When link status learned of it."""

    before: Summary | None
    """The `after` of the version before; null at first."""

    after: Summary | None
    """Null when the video is deleted."""

    links: tuple[LinkStatus, ...]
    """In posted order; empty when the video is deleted."""

    issues_added: tuple[LinkIssue, ...]
    """What stands now and did not before."""

    issues_removed: tuple[LinkIssue, ...]
    """What stood before and does not now."""

    cause: Cause


class VideoStatus(Summary, Event):
    """The current status of a video; links in posted order."""

    video_id: Id
    creator_id: Id
    title: str
    posted_at: Instant
    """The registration's occurred_at."""

    version: Version
    """Of the latest change."""

    links: tuple[LinkStatus, ...]
    """In posted order."""

    updated_at: Instant
    """When this record was made."""
