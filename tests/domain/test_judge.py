"""Each facet's default and effect, and all combinations of them on one link."""

from itertools import product as combinations

import pytest

from streams.domain.facets import Application, Invite, Moderation, Stock
from streams.domain.issues import BY_CODE, KINDS
from streams.domain.judge import Facets, judge
from streams.domain.product import Product
from streams.domain.status import LinkStatus
from streams.domain.video import Link
from tests.domain.build import application, invite, stock, verdict

VIOLATION, REJECTED, EXPIRED, OUT = ORDER = (
    "content_quality_violation",
    "rejected_by_seller",
    "invite_expired",
    "product_out_of_stock",
)


def judged(
    application: Application | None = None,
    invite: Invite | None = None,
    stock: Stock | None = None,
    verdict: Moderation | None = None,
    approval_required: bool = True,
) -> LinkStatus:
    facets = Facets(Link("p", approval_required), Product(application, invite, stock), verdict)
    return LinkStatus("p", judge(facets))


APPROVED, REJECTION = application(True), application(False)
GOOD, BAD = verdict(False), verdict(True)

CASES: list[tuple[str, LinkStatus, str, tuple[str, ...]]] = [
    ("nothing known", judged(), "in_review", ()),
    ("seller approved, moderation pending", judged(APPROVED), "in_review", ()),
    ("moderation approved, seller pending", judged(verdict=GOOD), "in_review", ()),
    ("both approved", judged(APPROVED, verdict=GOOD), "approved", ()),
    ("no approval needed, moderated", judged(verdict=GOOD, approval_required=False), "approved", ()),
    ("no approval needed, moderation pending", judged(approval_required=False), "in_review", ()),
    ("no approval needed, rejected all the same", judged(REJECTION, verdict=GOOD, approval_required=False),
     "needs_attention", (REJECTED,)),
    ("rejected", judged(REJECTION), "needs_attention", (REJECTED,)),
    ("violation", judged(APPROVED, verdict=BAD), "needs_attention", (VIOLATION,)),
    ("invite runs", judged(APPROVED, invite(False), verdict=GOOD), "approved", ()),
    ("invite expired", judged(APPROVED, invite(True), verdict=GOOD), "needs_attention", (EXPIRED,)),
    ("in stock", judged(APPROVED, stock=stock(1), verdict=GOOD), "approved", ()),
    ("out of stock", judged(APPROVED, stock=stock(0), verdict=GOOD), "needs_attention", (OUT,)),
    ("out of stock in review", judged(stock=stock(0)), "needs_attention", (OUT,)),
    ("restocked in review", judged(stock=stock(5)), "in_review", ()),
    ("all at once", judged(REJECTION, invite(True), stock(0), BAD), "needs_attention", ORDER),
]  # fmt: skip


@pytest.mark.parametrize(
    ("found", "status", "issues"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_a_link(found: LinkStatus, status: str, issues: tuple[str, ...]) -> None:
    assert (found.status, found.issues) == (status, issues)


@pytest.mark.parametrize("present", combinations([False, True], repeat=4))
def test_all_issues_are_listed_in_their_order(present: tuple[bool, ...]) -> None:
    bad, rejected, expired, out = present
    found = judged(application(not rejected), invite(expired), stock(0 if out else 1), verdict(bad))
    assert found.issues == tuple(code for code, is_there in zip(ORDER, present, strict=True) if is_there)
    assert found.status == ("needs_attention" if any(present) else "approved")


def test_each_kind_has_a_bit_of_its_own_in_the_mark() -> None:
    assert [kind.mark for kind in KINDS] == [2, 4, 8, 16], "as state is stored: none may become another"


def test_every_code_is_known_by_its_name_and_in_the_order_of_the_contract() -> None:
    assert tuple(kind.code for kind in KINDS) == ORDER == tuple(BY_CODE)


@pytest.mark.parametrize(
    ("code", "recovery", "means"),
    [
        (VIOLATION, "new_upload", ["guidelines", "removed", "new video", "showcase"]),
        (REJECTED, "new_upload", ["did not approve", "upload", "different product", "showcase", "contact"]),
        (EXPIRED, "new_upload", ["invite", "expired", "no longer in your showcase", "upload", "different"]),
        (OUT, "automatic", ["out of stock", "ask the seller", "restocking", "comes back"]),
    ],
)
def test_what_the_creator_is_told_means_what_the_seed_says(
    code: str, recovery: str, means: list[str]
) -> None:
    kind = BY_CODE[code]
    assert kind.recovery == recovery
    assert [part for part in means if part not in kind.message.lower()] == []
    assert kind.message.endswith(".")


def test_only_a_rejection_tells_the_contact() -> None:
    assert [kind.code for kind in KINDS if kind.tells_contact] == [REJECTED]
