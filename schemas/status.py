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
    message: str
    seller_contact: SellerContact | None = None


class LinkStatus(Model):
    """The status of one link; its issues in the order of `IssueCode`."""

    product_id: Id
    status: Status
    issues: tuple[Issue, ...]


class Summary(Model):
    """The status of a video: links in review, links that need attention, and both in words."""

    status: Status
    in_review: Count
    need_attention: Count
    labels: tuple[str, ...]


class LinkIssue(Model):
    """An issue that came or went, and the link it belongs to."""

    product_id: Id
    code: IssueCode


class Cause(Position):
    """The fact that caused a change, and where its record stands."""

    type: Literal[
        "video_posted",
        "video_deleted",
        "seller_decision",
        "invite_expiry",
        "moderation_verdict",
        "inventory_level",
    ]
    event_id: Id


class VideoStatusChanged(Fact):
    """A change of a video's status or issues; `before` is null at first, `after` once it is deleted."""

    type: Literal["video_status_changed"]
    video_id: Id
    creator_id: Id
    version: Version
    occurred_at: Instant
    processed_at: Instant
    before: Summary | None
    after: Summary | None
    links: tuple[LinkStatus, ...]
    issues_added: tuple[LinkIssue, ...]
    issues_removed: tuple[LinkIssue, ...]
    cause: Cause


class VideoStatus(Summary, Event):
    """The current status of a video; links in posted order."""

    video_id: Id
    creator_id: Id
    title: str
    posted_at: Instant
    version: Version
    links: tuple[LinkStatus, ...]
    updated_at: Instant
