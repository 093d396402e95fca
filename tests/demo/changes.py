"""Changes to feed the list with."""

from schemas.decisions import SellerContact
from schemas.status import Cause, Issue, IssueCode, LinkStatus, Summary, VideoStatusChanged

Labels = tuple[str, ...]

REVIEW: Labels = ("1 product link in review",)
NEEDS: Labels = ("1 product link needs attention",)
BOTH: Labels = (*NEEDS, *REVIEW)


def change(
    video_id: str,
    version: int,
    before: Labels | None,
    after: Labels | None,
    *links: LinkStatus,
    at: int = 1000,
) -> VideoStatusChanged:
    """The change of a video's labels, caused `at` epoch milliseconds."""
    return VideoStatusChanged(
        type="video_status_changed",
        event_id=f"{video_id}-{version}",
        occurred_at=at,
        processed_at=at,
        video_id=video_id,
        creator_id="mira",
        version=version,
        before=_summary(before),
        after=_summary(after),
        links=links,
        issues_added=(),
        issues_removed=(),
        cause=Cause(topic="any", partition=0, offset=0, type="moderation_verdict", event_id="m"),
    )


def link(product_id: str, code: IssueCode, message: str, **contact: str) -> LinkStatus:
    """A link with one issue."""
    issue = Issue(
        code=code,
        recovery="automatic" if code == "product_out_of_stock" else "new_upload",
        message=message,
        seller_contact=SellerContact(**contact) if contact else None,
    )
    return LinkStatus(product_id=product_id, status="needs_attention", issues=(issue,))


def _summary(labels: Labels | None) -> Summary | None:
    if labels is None:
        return None
    # The list shows the labels as they are: status and counts are not looked at.
    return Summary(status="in_review", in_review=1, need_attention=0, labels=labels)
