"""The kinds of issue. A new one is an entry in `KINDS`, in the order in which issues lead, and its tests."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from msgspec import Struct

from streams.domain.facets import Moderation
from streams.domain.product import Product
from streams.domain.status import APPROVED, IN_REVIEW, NEEDS_ATTENTION, LinkStatus
from streams.domain.video import Link


class Facets(Struct, frozen=True, gc=False):
    """All that is known of one link."""

    link: Link
    product: Product
    verdict: Moderation | None


class Signs(NamedTuple):
    """What a link's status takes from its facets; None while a decision is awaited."""

    violation: bool | None
    approved: bool | None
    expired: bool
    out_of_stock: bool


class Kind(NamedTuple):
    """One kind of issue: its stable code, its name, the facet it comes from, its recovery, what the creator
    is told, and when a link has it.

    `title` and `message` are English as the seed means it; streams/locales has them in other languages.
    """

    code: str
    title: str
    facet: str
    recovery: str
    message: str
    present: Callable[[Signs], bool]
    tells_contact: bool = False


NEW_UPLOAD = "new_upload"
AUTOMATIC = "automatic"

KINDS = (
    Kind(
        "content_quality_violation",
        "Content quality violation",
        "moderation",
        NEW_UPLOAD,
        "We found a violation of the community guidelines in this video and removed the product link. "
        "To promote this product, upload a new video that follows the guidelines and add the link from your "
        "showcase.",
        lambda signs: signs.violation is True,
    ),
    Kind(
        "rejected_by_seller",
        "Rejected by seller",
        "application",
        NEW_UPLOAD,
        "The seller did not approve your application to promote this product. Upload the video again with a "
        "different product from your showcase, or contact the seller to find a solution.",
        lambda signs: signs.approved is False,
        tells_contact=True,
    ),
    Kind(
        "invite_expired",
        "Invite expired",
        "invite",
        NEW_UPLOAD,
        "Your invite for this product has expired, so it is no longer in your showcase. Upload the video "
        "again with a different product from your showcase.",
        lambda signs: signs.expired,
    ),
    Kind(
        "product_out_of_stock",
        "Product out of stock",
        "stock",
        AUTOMATIC,
        "This product is out of stock. Ask the seller about restocking; the link comes back by itself when "
        "it is in stock again.",
        lambda signs: signs.out_of_stock,
    ),
)

BY_CODE = {kind.code: kind for kind in KINDS}
CONTACT_TOLD = frozenset(kind.code for kind in KINDS if kind.tells_contact)


def judge(facets: Facets) -> LinkStatus:
    """Status of one link: any issue needs attention; else a pending application or moderation is in review;
    else approved.
    """
    return LinkStatus(facets.link.product_id, *_outcome(_signs(facets)))


def _signs(facets: Facets) -> Signs:
    product, verdict = facets.product, facets.verdict
    approved = None if facets.link.approval_required else True
    if product.application is not None:
        approved = product.application.approved
    violation = None if verdict is None else verdict.violation
    return Signs(violation, approved, product.expired, product.out_of_stock)


@cache  # there are 36
def _outcome(signs: Signs) -> tuple[str, tuple[str, ...]]:
    issues = tuple(kind.code for kind in KINDS if kind.present(signs))
    if issues:
        return NEEDS_ATTENTION, issues
    pending = signs.approved is None or signs.violation is None
    return IN_REVIEW if pending else APPROVED, ()
