"""Every text of the web that is told in several languages, in English; those of the domain stand there."""

from streams.domain.issues import AUTOMATIC, KINDS, NEW_UPLOAD
from streams.domain.labels import IN_REVIEW, NEED_ATTENTION

STATUS = {
    "approved": "Approved",
    "in_review": "In review",
    "needs_attention": "Needs attention",
}

RECOVERY = {
    NEW_UPLOAD: "Needs a new upload.",
    AUTOMATIC: "Comes back by itself.",
}

CAUSE = {
    "video_posted": "The video was posted",
    "video_deleted": "The video was deleted",
    "seller_decision": "The seller decided",
    "invite_expiry": "The invite's end",
    "moderation_verdict": "Moderation decided",
    "inventory_level": "The seller's stock changed",
}

FACET = {
    ("application", "pending"): "The seller has not decided on the application yet.",
    ("application", "not_required"): "This link needs no approval by the seller.",
    ("application", "approved"): "The seller approved the application.",
    ("application", "rejected"): "The seller rejected the application.",
    ("invite", "active"): "The invite has not expired.",
    ("invite", "expired"): "The invite has expired.",
    ("stock", "in_stock"): "The product is in stock.",
    ("stock", "out_of_stock"): "The product is out of stock.",
    ("moderation", "pending"): "Moderation has not decided yet.",
    ("moderation", "approved"): "Moderation found no violation.",
    ("moderation", "violation"): "Moderation found a violation.",
}

ROLE = {
    "decides": "This decides the status.",
    "masked": "An issue that leads hides this.",
    "superseded": "A later fact stands instead.",
    "waiting": "No worker has processed this yet.",
    "confirms": "It says the same as what stands.",
    "clear": "Nothing is held against the link here.",
}

RULE_ISSUE = "A link with an issue needs attention. The first issue leads: {issue}."
RULE_PENDING = {
    ("application",): "The link has no issue. It is in review until the seller has decided.",
    ("moderation",): "The link has no issue. It is in review until moderation has decided.",
    ("application", "moderation"): (
        "The link has no issue. It is in review until the seller and moderation have decided."
    ),
}
"""By the facets that are waited for, in the order of the alphabet."""

RULE_APPROVED = "The link has no issue, and nothing is waited for."

PAGE = {
    "title": "Video > Manage",
    "skip": "Skip to the videos",
    "creator": "Creator",
    "token": "Access token",
    "show": "Show",
    "live": "Live",
    "reconnecting": "Connection lost, trying again",
    "denied": "This access token does not give access.",
    "unknown": "There is no such creator or video.",
    "empty": "No videos yet.",
    "none": "No videos with this status.",
    "loading": "Loading …",
    "posted": "Posted",
    "more": "More videos",
    "filter": "Show",
    "all": "All videos",
    "links": "Product links",
    "history": "History",
    "why": "Why?",
    "contact": "Seller contact",
    "do": "What to do",
    "deleted": "The video was deleted.",
    "well": "All product links are approved.",
    "changed": "{title}: {status}",
}
"""The page's own texts, by the names that page.js uses."""

PLURALS = (NEED_ATTENTION, IN_REVIEW)


def singles() -> list[str]:
    """All texts that do not depend on a number."""
    rules = (RULE_ISSUE, *RULE_PENDING.values(), RULE_APPROVED)
    kinds = [text for kind in KINDS for text in (kind.title, kind.message)]
    tables = (STATUS, RECOVERY, CAUSE, FACET, ROLE, PAGE)
    told = [text for table in tables for text in table.values()]
    return list(dict.fromkeys([*kinds, *told, *rules]))
