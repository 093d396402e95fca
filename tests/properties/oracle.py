"""What the contract says of a set of facts, computed from scratch: no state, no order of arrival.

Nothing of `streams` is imported here, so that a mistake there cannot be made here, too.
"""

from collections.abc import Iterable
from typing import Any

from tests.support.events import Event

Body = dict[str, Any]


def rank(event: Event) -> tuple[int, str]:
    """The order of facts."""
    return event["occurred_at"], event["event_id"]


def latest(events: Iterable[Event]) -> Event | None:
    """The fact that stands."""
    return max(events, key=rank, default=None)


def videos(facts: list[Event], now: int) -> dict[str, Body]:
    """Each live video as video-status should show it, but for version, updated_at and messages."""
    posted = {fact["video_id"] for fact in facts if fact["type"] == "video_posted"}
    gone = {fact["video_id"] for fact in facts if fact["type"] == "video_deleted"}
    return {video_id: video(video_id, facts, now) for video_id in posted - gone}


def video(video_id: str, facts: list[Event], now: int) -> Body:
    """One live video."""
    registration = min((fact for fact in facts if is_of(fact, "video_posted", video_id=video_id)), key=rank)
    links = [link(registration, each, facts, now) for each in registration["links"]]
    attention = sum(bool(each["issues"]) for each in links)
    review = sum(each["status"] == "in_review" for each in links)
    labels = []
    if attention == 1:
        labels.append("1 product link needs attention")
    elif attention:
        labels.append(f"{attention} product links need attention")
    if review == 1:
        labels.append("1 product link in review")
    elif review:
        labels.append(f"{review} product links in review")
    return {
        "video_id": video_id,
        "creator_id": registration["creator_id"],
        "title": registration["title"],
        "posted_at": f"1970-01-01T00:00:00.{registration['occurred_at']:03d}Z",
        "status": "needs_attention" if attention else "in_review" if review else "approved",
        "in_review": review,
        "need_attention": attention,
        "labels": labels,
        "links": links,
    }


def link(registration: Event, linked: Body, facts: list[Event], now: int) -> Body:
    """One link of a live video."""
    creator, product = registration["creator_id"], linked["product_id"]
    decision = latest(f for f in facts if is_of(f, "seller_decision", creator_id=creator, product_id=product))
    invite = latest(f for f in facts if is_of(f, "invite_expiry", creator_id=creator, product_id=product))
    level = latest(f for f in facts if is_of(f, "inventory_level", product_id=product))
    verdict = latest(
        fact
        for fact in facts
        if is_of(fact, "moderation_verdict", video_id=registration["video_id"])
        and fact.get("product_id") in (None, product)
    )
    issues: list[Body] = []
    if verdict and verdict["verdict"] == "violation":
        issues.append({"code": "content_quality_violation", "recovery": "new_upload"})
    if decision and decision["decision"] == "rejected":
        issue: Body = {"code": "rejected_by_seller", "recovery": "new_upload"}
        contact = {k: v for k, v in (decision["seller_contact"] or {}).items() if v is not None}
        issues.append(issue | ({"seller_contact": contact} if contact else {}))
    if invite and invite["expires_at"] <= now:
        issues.append({"code": "invite_expired", "recovery": "new_upload"})
    if level and level["available"] == 0:
        issues.append({"code": "product_out_of_stock", "recovery": "automatic"})
    needed = linked.get("seller_approval", "required") == "required"
    waits = verdict is None or (needed and decision is None)
    status = "needs_attention" if issues else "in_review" if waits else "approved"
    return {"product_id": product, "status": status, "issues": issues}


def is_of(fact: Event, kind: str, **fields: str) -> bool:
    """Whether a fact is of a type and about something."""
    return fact["type"] == kind and all(fact[name] == value for name, value in fields.items())


def refused(registrations: list[Event]) -> list[str]:
    """The event ids of the registrations of one video that lose on arrival, arriving in this order."""
    losers = []
    for place, arriving in enumerate(registrations):
        before = registrations[:place]
        standing = min(before, key=rank, default=None)
        if standing is not None and rank(arriving) > rank(standing):
            losers.append(arriving["event_id"])
    return losers


def deadlines(facts: list[Event], now: int) -> list[int]:
    """The deadlines that are still to come."""
    scopes = {(f["creator_id"], f["product_id"]) for f in facts if f["type"] == "invite_expiry"}
    standing = [
        latest(f for f in facts if is_of(f, "invite_expiry", creator_id=creator, product_id=product))
        for creator, product in scopes
    ]
    return sorted(f["expires_at"] for f in standing if f is not None and f["expires_at"] > now)


def subscriptions(facts: list[Event]) -> set[tuple[str, str]]:
    """Product and creator, where a live video links the product."""
    return {
        (each["product_id"], body["creator_id"])
        for body in videos(facts, 0).values()
        for each in body["links"]
    }
