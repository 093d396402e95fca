"""What the contract says of a set of facts, computed from scratch: no state, no order of arrival.

Nothing of `streams` is imported here, so that a mistake there cannot be made here, too.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from tests.support.events import Event

Body = dict[str, Any]
Scope = TypeVar("Scope")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CONTACT = ("name", "email", "phone", "url")
_LONGEST_TEXT = 1_000  # docs/decisions/006


def rank(event: Event) -> tuple[int, str]:
    """The order of facts."""
    return event["occurred_at"], event["event_id"]


def latest(events: Iterable[Event]) -> Event | None:
    """The fact that stands."""
    return max(events, key=rank, default=None)


def standing(
    facts: Iterable[Event], kind: str, scope: Callable[[Event], Scope], first: bool = False
) -> dict[Scope, Event]:
    """The facts of a type that stand, one for each scope: the latest, or the `first`."""
    found: dict[Scope, Event] = {}
    for fact in facts:
        if fact["type"] == kind:
            known = found.get(scope(fact))
            if known is None or (rank(fact) < rank(known) if first else rank(fact) > rank(known)):
                found[scope(fact)] = fact
    return found


def of_creator(fact: Event) -> tuple[str, str]:
    """Scope of decisions and invites."""
    return fact["creator_id"], fact["product_id"]


class Standing:
    """The facts that stand, of each facet."""

    def __init__(self, facts: Iterable[Event]) -> None:
        facts = list(facts)
        self.posted = standing(facts, "video_posted", lambda fact: str(fact["video_id"]), first=True)
        self.deleted = standing(facts, "video_deleted", lambda fact: str(fact["video_id"]))
        self.decisions = standing(facts, "seller_decision", of_creator)
        self.invites = standing(facts, "invite_expiry", of_creator)
        self.levels = standing(facts, "inventory_level", lambda fact: str(fact["product_id"]))
        self.verdicts = standing(
            facts, "moderation_verdict", lambda fact: (str(fact["video_id"]), fact.get("product_id"))
        )
        self._verdicts_on: dict[str, dict[str | None, Event]] = {}
        for (video_id, product), fact in self.verdicts.items():
            self._verdicts_on.setdefault(video_id, {})[product] = fact

    @property
    def live(self) -> dict[str, Event]:
        """The registrations of videos that are not deleted."""
        return {video: fact for video, fact in self.posted.items() if video not in self.deleted}

    def verdicts_on(self, video: str) -> dict[str | None, Event]:
        """The verdicts on a video: the one on all of it under None, those on a link under its product."""
        return self._verdicts_on.get(video, {})

    def verdict(self, video: str, product: str) -> Event | None:
        """The later of the verdicts on a video and on one link of it."""
        both = (self.verdicts.get((video, None)), self.verdicts.get((video, product)))
        return latest(fact for fact in both if fact is not None)


def videos(facts: Iterable[Event], now: int) -> dict[str, Body]:
    """Each live video as video-status should show it, but for version, updated_at and messages."""
    known = Standing(facts)
    return {name: video(registration, known, now) for name, registration in known.live.items()}


def video(registration: Event, known: Standing, now: int) -> Body:
    """The live video of a `registration`."""
    links = [_link(registration, each, known, now) for each in registration["links"]]
    attention = sum(bool(each["issues"]) for each in links)
    review = sum(each["status"] == "in_review" for each in links)
    return {
        "video_id": registration["video_id"],
        "creator_id": registration["creator_id"],
        "title": registration["title"],
        "posted_at": rfc3339(registration["occurred_at"]),
        "status": "needs_attention" if attention else "in_review" if review else "approved",
        "in_review": review,
        "need_attention": attention,
        "labels": _labels(attention, review),
        "links": links,
    }


def _labels(attention: int, review: int) -> list[str]:
    labels = []
    if attention == 1:
        labels.append("1 product link needs attention")
    elif attention:
        labels.append(f"{attention} product links need attention")
    if review == 1:
        labels.append("1 product link in review")
    elif review:
        labels.append(f"{review} product links in review")
    return labels


def _link(registration: Event, linked: Body, known: Standing, now: int) -> Body:
    product = linked["product_id"]
    decision = known.decisions.get((registration["creator_id"], product))
    invite = known.invites.get((registration["creator_id"], product))
    level = known.levels.get(product)
    verdict = known.verdict(registration["video_id"], product)
    issues: list[Body] = []
    if verdict and verdict["verdict"] == "violation":
        issues.append({"code": "content_quality_violation", "recovery": "new_upload"})
    if decision and decision["decision"] == "rejected":
        issue: Body = {"code": "rejected_by_seller", "recovery": "new_upload"}
        told = contact(decision)
        issues.append(issue | ({"seller_contact": told} if told else {}))
    if invite and invite["expires_at"] <= now:
        issues.append({"code": "invite_expired", "recovery": "new_upload"})
    if level and level["available"] == 0:
        issues.append({"code": "product_out_of_stock", "recovery": "automatic"})
    needed = (linked.get("seller_approval") or "required") == "required"
    waits = verdict is None or (needed and decision is None)
    status = "needs_attention" if issues else "in_review" if waits else "approved"
    return {"product_id": product, "status": status, "issues": issues}


def contact(decision: Event) -> dict[str, str]:
    """What is known of the seller's contact, as much of it as is kept."""
    fields = {name: (decision.get("seller_contact") or {}).get(name) for name in CONTACT}
    return {name: text[:_LONGEST_TEXT] for name, text in fields.items() if text is not None}


def rfc3339(millis: int) -> str:
    """A moment as records show it."""
    return (_EPOCH + timedelta(milliseconds=millis)).isoformat(timespec="milliseconds")[:-6] + "Z"


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


def deadlines(facts: Iterable[Event], now: int) -> list[int]:
    """The deadlines that are still to come."""
    invites = Standing(facts).invites.values()
    return sorted(fact["expires_at"] for fact in invites if fact["expires_at"] > now)


def subscriptions(facts: Iterable[Event]) -> set[tuple[str, str]]:
    """Product and creator, where a live video links the product."""
    return {
        (each["product_id"], registration["creator_id"])
        for registration in Standing(facts).live.values()
        for each in registration["links"]
    }
