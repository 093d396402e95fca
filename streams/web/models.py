"""What the API answers: the bodies of its responses. OpenAPI's schemas are made of these."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from streams.domain import explain, known, status
from streams.domain.issues import AUTOMATIC, BY_CODE, KINDS, NEW_UPLOAD

# The domain speaks of these as strings; the document names the values all the same.
Status = Annotated[
    str, Field(json_schema_extra={"enum": [status.NEEDS_ATTENTION, status.IN_REVIEW, status.APPROVED]})
]
IssueCode = Annotated[str, Field(json_schema_extra={"enum": [*BY_CODE]})]
Recovery = Annotated[str, Field(json_schema_extra={"enum": [AUTOMATIC, NEW_UPLOAD]})]
Facet = Annotated[str, Field(json_schema_extra={"enum": [kind.facet for kind in KINDS]})]
Scope = Annotated[str, Field(json_schema_extra={"enum": ["product", "video", "link"]})]
Role = Annotated[str, Field(json_schema_extra={"enum": [*known.ROLES]})]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Rule = Annotated[str, Field(json_schema_extra={"enum": [*explain.RULES]})]


class Model(BaseModel):
    """Frozen: an answer is not changed any more."""

    model_config = ConfigDict(frozen=True)


class Summary(Model):
    """How a video stands. `labels` are what stands under its title, none when all is well."""

    status: Status
    in_review: int
    need_attention: int
    labels: list[str]


class VideoInList(Summary):
    """A video in "Video > Manage"."""

    video_id: str
    title: str
    posted_at: Time
    version: int


class VideoList(Model):
    """A page of videos, newest first. `next` is the cursor of the page after it, null on the last."""

    creator_id: str
    videos: list[VideoInList]
    next: str | None


class Contact(Model):
    """How to reach the seller; what is unknown is null."""

    name: str | None
    email: str | None
    phone: str | None
    url: str | None


class Issue(Model):
    """What is wrong with a link, and what the creator can do."""

    code: IssueCode
    title: str
    message: str
    recovery: Recovery
    recovery_text: str
    seller_contact: Contact | None


class Link(Model):
    """A product link; its issues, the leading one first."""

    product_id: str
    seller_id: str | None
    status: Status
    status_text: str
    issues: list[Issue]


class Video(VideoInList):
    """A video with its links in posted order."""

    creator_id: str
    links: list[Link]


class Source(Model):
    """Where the record of a fact stands; `topic` is the full name."""

    topic: str
    partition: int
    offset: int


class Cause(Source):
    """The fact that caused a change; `text` says in words what kind of fact it was."""

    type: str
    event_id: str
    text: str


class LinkIssue(Model):
    """An issue that came or went, and the link it belongs to."""

    product_id: str
    code: IssueCode
    title: str


class Change(Model):
    """A change of a video: what video-status-changes tells, but for the links that stayed."""

    type: Literal["video_status_changed"]
    event_id: str
    video_id: str
    creator_id: str
    version: int
    occurred_at: Time
    processed_at: Time
    before: Summary | None
    after: Summary | None
    issues_added: list[LinkIssue]
    issues_removed: list[LinkIssue]
    cause: Cause


class TimeInStatus(Model):
    """How long a video was shown in a status, in seconds."""

    status: Status
    status_text: str
    seconds: float


class History(Model):
    """The last changes of a video, newest first; `complete` is false when some are not kept."""

    creator_id: str
    video_id: str
    version: int
    changes: list[Change]
    complete: bool
    time_in_status: list[TimeInStatus]


class Fact(Model):
    """What is known of one facet of a link.

    `role`: `decides` the status; is `masked` by an issue that leads; was `superseded` by a later fact; or is
    `clear`, nothing follows from it. Without a fact, `event_id`, `occurred_at` and `source` are null, and
    `value` is the default. Two are said by `link-status explain` alone, which reads the log: a later fact
    is `waiting` to be processed, or `confirms` the stock that stands. `scope` is null where it is not known
    any more what a verdict was on.
    """

    facet: Facet
    scope: Scope | None
    value: str
    role: Role
    text: str
    type: str | None
    event_id: str | None
    occurred_at: Time | None
    source: Source | None
    reason: str | None
    expires_at: Time | None


class Superseded(Model):
    """How far facts that stand no more are known.

    `source`: those that changed the link's status, by the last 50 `changes` of its video; or all that the
    `log` still holds. What came before `since` is not known; null: all is, that the source tells of.
    """

    source: Annotated[str, Field(json_schema_extra={"enum": [known.CHANGES, known.LOG]})]
    since: Time | None


class Explanation(Model):
    """Why a link has its status: the rule, and every fact that is known of it."""

    creator_id: str
    video_id: str
    version: int
    product_id: str
    status: Status
    status_text: str
    issues: list[Issue]
    rule: Rule
    text: str
    facts: list[Fact]
    superseded: Superseded


class Outcome(Model):
    """A video as it would be."""

    video_id: str
    title: str
    before: Summary
    after: Summary
    links: list[Link]
    issues_added: list[LinkIssue]
    issues_removed: list[LinkIssue]


class Outcomes(Model):
    """The videos that would change; nothing did."""

    creator_id: str
    videos: list[Outcome]


class BlockedLink(Model):
    """A link of a product that is not approved, or has issues."""

    creator_id: str
    video_id: str
    status: Status
    issues: list[IssueCode]


class ProductLinks(Model):
    """The links of a product that are not approved, by creator; counts are of this page.

    `next` is the cursor of the page after it, null on the last.
    """

    product_id: str
    links: list[BlockedLink]
    counts: dict[IssueCode, int]
    approved: int
    in_review: int
    need_attention: int
    next: str | None
