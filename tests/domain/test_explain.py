"""Every fact that is known of a link, and the part that it plays."""

import pytest

from schemas.status import FactType
from streams.domain.explain import (
    ALL_IS_WELL,
    AN_ISSUE_LEADS,
    SOMETHING_IS_PENDING,
    Explanation,
    explain,
)
from streams.domain.facets import Application, Invite, Moderation, Stock
from streams.domain.facts import Fact
from streams.domain.issues import KINDS
from streams.domain.judge import Facets
from streams.domain.known import CLEAR, DECIDES, MASKED, ROLES, SUPERSEDED
from streams.domain.product import Product
from streams.domain.video import Link, Video
from streams.web import texts


def fact(event_id: str, at: int = 1, kind: FactType = "seller_decision") -> Fact:
    return Fact(at, event_id, kind, 0, 0)


def explained(
    *,
    decided: bool | None = None,
    expired: bool | None = None,
    available: int | None = None,
    violation: bool | None = None,
    own: bool | None = None,
    required: bool = True,
) -> Explanation:
    """A link with these facets; those that are None have no fact. `own` is a later verdict on the link."""
    product = Product(
        None if decided is None else Application(fact("a"), decided),
        None if expired is None else Invite(fact("i"), 99, expired),
        None if available is None else Stock(fact("s"), available),
        ["v1"],
    )
    link = Link("p1", required)
    video = Video(fact("posted"), None, "", [link])
    video.verdict = None if violation is None else Moderation(fact("m"), violation)
    if own is not None:
        video.link_verdicts["p1"] = Moderation(fact("own", 2), own)
    return explain(video, Facets(link, product, video.verdict_on("p1")), [])


def roles(explanation: Explanation) -> dict[str, tuple[str, str]]:
    """Value and role by facet, of what stands."""
    return {each.facet: (each.value, each.role) for each in explanation.known if each.role != SUPERSEDED}


def test_nothing_is_known() -> None:
    found = explained()
    assert found.rule == SOMETHING_IS_PENDING
    assert sorted(found.pending) == ["application", "moderation"]
    assert roles(found) == {
        "moderation": ("pending", DECIDES),
        "application": ("pending", DECIDES),
        "invite": ("active", CLEAR),
        "stock": ("in_stock", CLEAR),
    }
    assert all(each.fact is None for each in found.known)


def test_all_is_well() -> None:
    found = explained(decided=True, violation=False, available=3, expired=False)
    assert found.rule == ALL_IS_WELL
    assert roles(found) == {
        "moderation": ("approved", DECIDES),
        "application": ("approved", DECIDES),
        "invite": ("active", CLEAR),
        "stock": ("in_stock", CLEAR),
    }


def test_no_approval_is_needed() -> None:
    assert roles(explained(required=False, violation=False))["application"] == ("not_required", DECIDES)
    assert explained(required=False).pending == ["moderation"]


def test_the_first_issue_decides_and_masks_what_else_is_wrong_or_pending() -> None:
    found = explained(decided=False, expired=True, available=0)
    assert found.rule == AN_ISSUE_LEADS
    assert roles(found) == {
        "moderation": ("pending", MASKED),
        "application": ("rejected", DECIDES),
        "invite": ("expired", MASKED),
        "stock": ("out_of_stock", MASKED),
    }


def test_what_is_fine_is_not_masked() -> None:
    found = roles(explained(decided=True, expired=False, available=0, violation=False))
    assert found["stock"] == ("out_of_stock", DECIDES)
    assert {found[facet][1] for facet in ("moderation", "application", "invite")} == {CLEAR}


@pytest.mark.parametrize(("violation", "own"), [(True, False), (False, True)])
def test_of_two_verdicts_the_earlier_is_superseded(violation: bool, own: bool) -> None:
    known = [each for each in explained(violation=violation, own=own).known if each.facet == "moderation"]
    assert [(each.scope, each.role == SUPERSEDED) for each in known] == [("link", False), ("video", True)]
    assert [each.value == "violation" for each in known] == [own, violation]


def test_the_facets_stand_in_the_order_of_issues() -> None:
    assert [each.facet for each in explained().known] == [kind.facet for kind in KINDS]


def test_there_are_words_for_everything() -> None:
    assert texts.ROLE.keys() == set(ROLES)
    shapes = [
        explained(
            decided=decided, expired=bad, available=None if bad is None else int(not bad), violation=bad
        )
        for decided in (None, True, False)
        for bad in (None, True, False)
    ]
    for explanation in [*shapes, explained(required=False)]:
        for each in explanation.known:
            assert texts.FACET[each.facet, each.value] and texts.ROLE[each.role]
        if explanation.rule == SOMETHING_IS_PENDING:
            assert texts.RULE_PENDING[tuple(sorted(explanation.pending))]
