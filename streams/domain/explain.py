"""Why a link has its status: every fact that is known of it, and the part that it plays."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from streams.domain.change import Change
from streams.domain.facets import Moderation
from streams.domain.facts import Fact
from streams.domain.issues import BY_CODE, KINDS, Facets, judge
from streams.domain.status import LinkStatus
from streams.domain.video import Video

DECIDES = "decides"
MASKED = "masked"
SUPERSEDED = "superseded"
CLEAR = "clear"
ROLES = (DECIDES, MASKED, SUPERSEDED, CLEAR)

AN_ISSUE_LEADS = "an_issue_leads"
SOMETHING_IS_PENDING = "something_is_pending"
ALL_IS_WELL = "all_is_well"
RULES = (AN_ISSUE_LEADS, SOMETHING_IS_PENDING, ALL_IS_WELL)

_FACETS = {
    "seller_decision": "application",
    "invite_expiry": "invite",
    "inventory_level": "stock",
    "moderation_verdict": "moderation",
}
_WITH_ISSUE = {
    "application": "rejected",
    "invite": "expired",
    "stock": "out_of_stock",
    "moderation": "violation",
}
_WITHOUT = {"application": "approved", "invite": "active", "stock": "in_stock", "moderation": "approved"}
_PENDING = "pending"


class Known(NamedTuple):
    """A fact, or without one the default of a facet.

    `scope` is what it is about: the product as this creator has it, the video, or the link; None where
    that is not known any more. `expires_at` in epoch milliseconds.
    """

    facet: str
    scope: str | None
    value: str
    role: str
    fact: Fact | None = None
    reason: str | None = None
    expires_at: int | None = None


class Explanation(NamedTuple):
    """A link's status, the rule that gives it, and what is known, the facets in the order of issues."""

    status: LinkStatus
    rule: str
    known: Sequence[Known]

    @property
    def pending(self) -> list[str]:
        """The facets that are waited for."""
        return [each.facet for each in self.known if each.value == _PENDING and each.role == DECIDES]


def explain(video: Video, facets: Facets, history: Iterable[Change]) -> Explanation:
    """Explain the link of `video` that `facets` are about. `history` tells of facts that stand no more."""
    status = judge(facets)
    current = [_with_role(each, status) for each in _current(facets, video)]
    kept = [*current, *_other_verdict(video, facets)]
    known = [*kept, *_superseded(facets.link.product_id, kept, history)]
    order = list(dict.fromkeys(kind.facet for kind in KINDS))
    known.sort(key=lambda each: (order.index(each.facet), each.role == SUPERSEDED))
    return Explanation(status, _rule(status), known)


def _rule(status: LinkStatus) -> str:
    if status.issues:
        return AN_ISSUE_LEADS
    return ALL_IS_WELL if status.status == "approved" else SOMETHING_IS_PENDING


def _current(facets: Facets, video: Video) -> list[Known]:
    """What stands, with no part in it yet."""
    link, product, verdict = facets
    application, invite, stock = product.application, product.invite, product.stock
    undecided = _PENDING if link.approval_required else "not_required"
    return [
        Known("moderation", "video", _PENDING, CLEAR)
        if verdict is None
        else _verdict(verdict, "video" if verdict is video.verdict else "link", CLEAR),
        Known("application", "product", undecided, CLEAR)
        if application is None
        else Known(
            "application",
            "product",
            "approved" if application.approved else "rejected",
            CLEAR,
            application.fact,
            application.reason,
        ),
        Known("invite", "product", "active", CLEAR)
        if invite is None
        else Known(
            "invite",
            "product",
            "expired" if invite.expired else "active",
            CLEAR,
            invite.fact,
            expires_at=invite.expires_at,
        ),
        Known("stock", "product", "in_stock", CLEAR)
        if stock is None
        else Known("stock", "product", "in_stock" if stock.available else "out_of_stock", CLEAR, stock.fact),
    ]


def _verdict(verdict: Moderation, scope: str, role: str) -> Known:
    value = "violation" if verdict.violation else "approved"
    told = ": ".join(filter(None, (verdict.policy, verdict.reason)))
    return Known("moderation", scope, value, role, verdict.fact, told or None)


def _with_role(known: Known, status: LinkStatus) -> Known:
    if status.issues:
        if BY_CODE[status.issues[0]].facet == known.facet:
            return known._replace(role=DECIDES)
        speaks = known.value in (_PENDING, _WITH_ISSUE[known.facet])
        return known._replace(role=MASKED if speaks else CLEAR)
    if status.status == "approved":
        waited_for = known.facet in ("application", "moderation")
        return known._replace(role=DECIDES if waited_for else CLEAR)
    return known._replace(role=DECIDES if known.value == _PENDING else CLEAR)


def _other_verdict(video: Video, facets: Facets) -> list[Known]:
    """Of a verdict on the video and one on the link, the earlier."""
    own = video.link_verdicts.get(facets.link.product_id)
    if own is None or video.verdict is None:
        return []
    earlier, scope = (video.verdict, "video") if facets.verdict is own else (own, "link")
    return [_verdict(earlier, scope, SUPERSEDED)]


def _superseded(product_id: str, kept: Sequence[Known], history: Iterable[Change]) -> list[Known]:
    """Facts that changed this link once and are not among those that are `kept`."""
    standing = {(each.facet, each.fact.event_id) for each in kept if each.fact is not None}
    found: dict[tuple[str, str], Known] = {}
    for change in history:
        move = next((move for move in change.moves if move.product_id == product_id), None)
        if move is None or move.after is None or change.fact.type not in _FACETS:
            continue
        facet = _FACETS[change.fact.type]
        if (facet, change.fact.event_id) in standing:
            continue
        has_issue = any(BY_CODE[code].facet == facet for code in move.after.issues)
        value = (_WITH_ISSUE if has_issue else _WITHOUT)[facet]
        scope = None if facet == "moderation" else "product"
        found[facet, change.fact.event_id] = Known(facet, scope, value, SUPERSEDED, change.fact)
    return list(found.values())
