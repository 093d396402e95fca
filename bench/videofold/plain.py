"""The fold over plain dictionaries, as Quix and Faust document applications; needs nothing installed."""

from typing import Any

# Of each link: decision, its time, expired, its time, stock, its time, verdict, its time.
Links = dict[str, list[int]]


def change(links: Links, event: dict[str, Any]) -> dict[str, Any] | None:
    """Take one event into the links of its video; returns what to emit, if a count changed."""
    before = _count(links)
    _take(links, event)
    attention, review = after = _count(links)
    if after == before:
        return None
    return {
        "video_id": event["video_id"],
        "need_attention": attention,
        "in_review": review,
        "before": list(before),
    }


def _take(links: Links, event: dict[str, Any]) -> None:
    if event["type"] == "links_posted":
        for product_id in event["product_ids"]:
            links.setdefault(product_id, [0, 0, 0, 0, 1, 0, 0, 0])
        return
    link = links.get(event["product_id"])
    if link is not None:
        facet, value = _facet(event)
        if event["event_time"] >= link[facet + 1]:
            link[facet], link[facet + 1] = value, event["event_time"]


def _facet(event: dict[str, Any]) -> tuple[int, int]:
    kind = event["type"]
    if kind == "seller_decision":
        return 0, 1 if event["decision"] == "approved" else 2
    if kind == "invite_expired":
        return 2, 1
    if kind == "inventory":
        return 4, 1 if event["quantity"] > 0 else 2
    return 6, 1 if event["verdict"] == "approved" else 2


def _count(links: Links) -> tuple[int, int]:
    """Links that need attention, and links in review."""
    attention = review = 0
    for link in links.values():
        if link[6] == 2 or link[0] == 2 or link[2] == 1 or link[4] == 2:
            attention += 1
        elif link[0] == 0 or link[6] == 0:
            review += 1
    return attention, review
