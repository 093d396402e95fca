"""What the standing facts mean for a video (contract, "Events out"), apart from the product's own rules."""

from collections.abc import Callable
from typing import Any

from streams.audit.facts import DECIDED, DELETED, INVITED, LEVEL, POSTED, VERDICT, Standing
from streams.instant import rfc3339

Stands = Callable[..., Standing | None]
"""The fact that stands, by kind and ids."""

Body = dict[str, Any]


def video_status(stands: Stands, creator: str, video: str, now: int) -> Body | None:
    """What video-status should show at `now`, but for version, time and messages; None for no such video."""
    posted = stands(POSTED, creator, video)
    if posted is None or stands(DELETED, creator, video) is not None:
        return None
    links = [
        _link(stands, creator, video, product, needed, now) for product, needed, _ in posted.says["links"]
    ]
    attention = sum(link["status"] == "needs_attention" for link in links)
    review = sum(link["status"] == "in_review" for link in links)
    return {
        "video_id": video,
        "creator_id": creator,
        "title": posted.says["title"],
        "posted_at": rfc3339(posted.occurred_at),
        "status": "needs_attention" if attention else "in_review" if review else "approved",
        "in_review": review,
        "need_attention": attention,
        "labels": _labels(attention, review),
        "links": links,
    }


def _link(stands: Stands, creator: str, video: str, product: str, needed: bool, now: int) -> Body:
    decision = stands(DECIDED, creator, product)
    verdict = effective(stands(VERDICT, creator, video, None), stands(VERDICT, creator, video, product))
    issues = _issues(decision, verdict, stands(INVITED, creator, product), stands(LEVEL, product), now)
    waits = verdict is None or (needed and decision is None)
    status = "needs_attention" if issues else "in_review" if waits else "approved"
    return {"product_id": product, "status": status, "issues": issues}


def _issues(
    decision: Standing | None,
    verdict: Standing | None,
    invite: Standing | None,
    level: Standing | None,
    now: int,
) -> list[Body]:
    issues: list[Body] = []
    if verdict and verdict.says["violation"]:
        issues.append({"code": "content_quality_violation", "recovery": "new_upload"})
    if decision and not decision.says["approved"]:
        contact = {name: text for name, text in decision.says["contact"].items() if text is not None}
        told = {"seller_contact": contact} if contact else {}
        issues.append({"code": "rejected_by_seller", "recovery": "new_upload", **told})
    if invite and invite.says["expires_at"] <= now:
        issues.append({"code": "invite_expired", "recovery": "new_upload"})
    if level and level.says["available"] == 0:
        issues.append({"code": "product_out_of_stock", "recovery": "automatic"})
    return issues


def effective(whole: Standing | None, own: Standing | None) -> Standing | None:
    """The later of the verdicts on a whole video and on one link of it."""
    return max((each for each in (whole, own) if each), key=lambda fact: fact.rank, default=None)


def _labels(attention: int, review: int) -> list[str]:
    labels = []
    if attention:
        labels.append(
            "1 product link needs attention"
            if attention == 1
            else f"{attention} product links need attention"
        )
    if review:
        labels.append("1 product link in review" if review == 1 else f"{review} product links in review")
    return labels
