"""Events as upstream systems publish them. `at` is occurred_at in epoch milliseconds."""

from collections.abc import Mapping
from typing import Any

Event = dict[str, Any]


def posted(
    video: str,
    *products: str | Mapping[str, Any],
    at: int = 10,
    creator: str = "c1",
    event_id: str = "",
    title: str = "A title",
) -> Event:
    """A video with links; a link is a product id, or what stands in `links`."""
    return {
        "type": "video_posted",
        "event_id": event_id or f"post-{video}-{at}",
        "occurred_at": at,
        "creator_id": creator,
        "video_id": video,
        "title": title,
        "links": [{"product_id": link} if isinstance(link, str) else dict(link) for link in products],
    }


def free(product: str) -> Mapping[str, str]:
    """A link that no seller needs to approve."""
    return {"product_id": product, "seller_approval": "not_required"}


def deleted(video: str, at: int = 90, creator: str = "c1", event_id: str = "") -> Event:
    return {
        "type": "video_deleted",
        "event_id": event_id or f"delete-{video}-{at}",
        "occurred_at": at,
        "creator_id": creator,
        "video_id": video,
    }


def decided(
    product: str,
    decision: str,
    at: int = 20,
    creator: str = "c1",
    event_id: str = "",
    contact: Mapping[str, str | None] | None = None,
) -> Event:
    return {
        "type": "seller_decision",
        "event_id": event_id or f"decision-{product}-{at}",
        "occurred_at": at,
        "creator_id": creator,
        "product_id": product,
        "decision": decision,
        "seller_contact": contact,
    }


def invited(product: str, until: int, at: int = 20, creator: str = "c1", event_id: str = "") -> Event:
    return {
        "type": "invite_expiry",
        "event_id": event_id or f"invite-{product}-{at}",
        "occurred_at": at,
        "creator_id": creator,
        "product_id": product,
        "expires_at": until,
    }


def moderated(
    video: str,
    verdict: str,
    at: int = 20,
    product: str | None = None,
    creator: str = "c1",
    event_id: str = "",
) -> Event:
    return {
        "type": "moderation_verdict",
        "event_id": event_id or f"verdict-{video}-{product or 'all'}-{at}",
        "occurred_at": at,
        "creator_id": creator,
        "video_id": video,
        "product_id": product,
        "verdict": verdict,
    }


def stocked(product: str, available: int, at: int = 20, event_id: str = "") -> Event:
    return {
        "type": "inventory_level",
        "event_id": event_id or f"stock-{product}-{at}",
        "occurred_at": at,
        "product_id": product,
        "available": available,
    }


HOME = {
    "video_posted": ("video-links", "creator_id"),
    "video_deleted": ("video-links", "creator_id"),
    "seller_decision": ("seller-decisions", "creator_id"),
    "invite_expiry": ("invite-expiries", "creator_id"),
    "moderation_verdict": ("moderation", "creator_id"),
    "inventory_level": ("inventory", "product_id"),
}
"""Topic (without prefix) and key field of each type."""
