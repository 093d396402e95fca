"""Why a link has its status: every fact that is known of it, and the part that it plays."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from streams.domain import known
from streams.domain.facts import Fact
from streams.domain.issues import BY_CODE, KINDS
from streams.domain.judge import Facets, judge
from streams.domain.known import CLEAR, CONFIRMS, DECIDES, MASKED, PENDING, SUPERSEDED, WAITING, Known
from streams.domain.status import LinkStatus
from streams.domain.video import Link, Video

AN_ISSUE_LEADS = "an_issue_leads"
SOMETHING_IS_PENDING = "something_is_pending"
ALL_IS_WELL = "all_is_well"
RULES = (AN_ISSUE_LEADS, SOMETHING_IS_PENDING, ALL_IS_WELL)

_FACETS = list(dict.fromkeys(kind.facet for kind in KINDS))


class Explanation(NamedTuple):
    """A link's status, the rule that gives it, and what is known, the facets in the order of issues."""

    status: LinkStatus
    rule: str
    known: Sequence[Known]

    @property
    def pending(self) -> list[str]:
        """The facets that are waited for."""
        return [each.facet for each in self.known if each.value == PENDING and each.role == DECIDES]


def explain(video: Video, facets: Facets, told: Iterable[Known]) -> Explanation:
    """Explain the link of `video` that `facets` are about. `told`: facts about it from elsewhere, of any age;
    of one that is there twice the first is taken.
    """
    status = LinkStatus(facets.link.product_id, judge(facets))
    standing = [_with_role(each, status) for each in _current(facets, video)]
    standing += _other_verdict(video, facets)
    found = [*standing, *_beside(standing, told)]
    found.sort(key=lambda each: _FACETS.index(each.facet))
    return Explanation(status, _rule(status), found)


def _rule(status: LinkStatus) -> str:
    if status.issues:
        return AN_ISSUE_LEADS
    return ALL_IS_WELL if status.status == "approved" else SOMETHING_IS_PENDING


def _current(facets: Facets, video: Video) -> list[Known]:
    """What stands, with no part in it yet."""
    link, product, verdict = facets.link, facets.product, facets.verdict
    application, invite, stock = product.application, product.invite, product.stock
    return [
        known.of_verdict(verdict, "video" if verdict is video.verdict else "link")
        if verdict
        else Known("moderation", "video", PENDING),
        known.of_application(application) if application else _undecided(link, video),
        known.of_invite(invite) if invite else Known("invite", "product", "active"),
        known.of_stock(stock) if stock else Known("stock", "product", "in_stock"),
    ]


def _undecided(link: Link, video: Video) -> Known:
    if link.approval_required:
        return Known("application", "product", PENDING)
    return Known("application", "link", "not_required", fact=video.registration)


def _with_role(each: Known, status: LinkStatus) -> Known:
    if status.issues:
        if BY_CODE[status.issues[0]].facet == each.facet:
            return each._replace(role=DECIDES)
        speaks = each.value in (PENDING, known.WITH_ISSUE[each.facet])
        return each._replace(role=MASKED if speaks else CLEAR)
    if status.status == "approved":
        waited_for = each.facet in ("application", "moderation")
        return each._replace(role=DECIDES if waited_for else CLEAR)
    return each._replace(role=DECIDES if each.value == PENDING else CLEAR)


def _other_verdict(video: Video, facets: Facets) -> list[Known]:
    """Of a verdict on the video and one on the link, the earlier."""
    own = video.link_verdicts.get(facets.link.product_id)
    if own is None or video.verdict is None:
        return []
    earlier, scope = (video.verdict, "video") if facets.verdict is own else (own, "link")
    return [known.of_verdict(earlier, scope)._replace(role=SUPERSEDED)]


def _beside(standing: Sequence[Known], told: Iterable[Known]) -> list[Known]:
    """Those of `told` that are not among the `standing`, the latest first."""
    stands = {_scope(each): each for each in standing}
    seen = {_identity(each) for each in standing if each.fact}
    others = {_identity(each): each for each in reversed(list(told)) if _identity(each) not in seen}
    ordered = sorted(others.values(), key=_identity, reverse=True)
    latest = {_scope(each): each for each in reversed(ordered)}
    return [
        each._replace(role=_later(each, stands.get(_scope(each))) if each in latest.values() else SUPERSEDED)
        for each in ordered
    ]


def _later(each: Known, stands: Known | None) -> str:
    """The part of the latest fact that is told of a scope, beside what stands there."""
    if each.scope is None or (stands and not _fact(each).supersedes(stands.fact)):
        return SUPERSEDED
    # Creators hear of stock only when it runs out or comes back (docs/decisions/004).
    return CONFIRMS if stands and each.facet == "stock" and each.value == stands.value else WAITING


def _scope(each: Known) -> tuple[str, str | None]:
    return each.facet, each.scope


def _identity(each: Known) -> tuple[str, int, str]:
    fact = _fact(each)
    return each.facet, fact.occurred_at, fact.event_id


def _fact(each: Known) -> Fact:
    assert each.fact is not None
    return each.fact
