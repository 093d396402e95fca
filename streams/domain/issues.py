"""The kinds of issue. A new one is an entry in `KINDS`, in the order in which issues lead, and its tests."""

from collections.abc import Callable
from typing import NamedTuple

from streams.domain.facets import Moderation
from streams.domain.product import Product
from streams.domain.status import APPROVED, IN_REVIEW, NEEDS_ATTENTION, LinkStatus
from streams.domain.video import Link


class Facets(NamedTuple):
    """All that is known of one link."""

    link: Link
    product: Product
    verdict: Moderation | None


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
    present: Callable[[Facets], bool]
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
        lambda facets: facets.verdict is not None and facets.verdict.violation,
    ),
    Kind(
        "rejected_by_seller",
        "Rejected by seller",
        "application",
        NEW_UPLOAD,
        "The seller did not approve your application to promote this product. Upload the video again with a "
        "different product from your showcase, or contact the seller to find a solution.",
        lambda facets: facets.product.rejected,
        tells_contact=True,
    ),
    Kind(
        "invite_expired",
        "Invite expired",
        "invite",
        NEW_UPLOAD,
        "Your invite for this product has expired, so it is no longer in your showcase. Upload the video "
        "again with a different product from your showcase.",
        lambda facets: facets.product.expired,
    ),
    Kind(
        "product_out_of_stock",
        "Product out of stock",
        "stock",
        AUTOMATIC,
        "This product is out of stock. Ask the seller about restocking; the link comes back by itself when "
        "it is in stock again.",
        lambda facets: facets.product.out_of_stock,
    ),
)

BY_CODE = {kind.code: kind for kind in KINDS}
CONTACT_TOLD = frozenset(kind.code for kind in KINDS if kind.tells_contact)


def judge(facets: Facets) -> LinkStatus:
    """Status of one link: any issue needs attention; else a pending application or moderation is in review;
    else approved.
    """
    issues = tuple([kind.code for kind in KINDS if kind.present(facets)])
    if issues:
        return LinkStatus(facets.link.product_id, NEEDS_ATTENTION, issues)
    waits_for_seller = facets.product.application is None and facets.link.approval_required
    pending = waits_for_seller or facets.verdict is None
    return LinkStatus(facets.link.product_id, IN_REVIEW if pending else APPROVED)
