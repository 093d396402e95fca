"""The kinds of issue. A new one is an entry in `KINDS`, in the order in which issues lead, and its tests."""

from collections.abc import Callable
from typing import NamedTuple

IN_REVIEW_MARK = 1
"""The mark of a link without issues for which a decision is awaited; that of an approved one is 0."""


class Signs(NamedTuple):
    """What a link's status takes from its facets; None while a decision is awaited."""

    violation: bool | None
    approved: bool | None
    expired: bool
    out_of_stock: bool


class Kind(NamedTuple):
    """One kind of issue: its stable code, its name, the facet it comes from, its recovery, what the creator
    is told, and when a link has it.

    `mark` is its bit in the mark of a link, as it is stored: 2 to 128, for ever this kind's.
    `title` and `message` are English as the seed means it; streams/locales has them in other languages.
    """

    mark: int
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
        2,
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
        4,
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
        8,
        "invite_expired",
        "Invite expired",
        "invite",
        NEW_UPLOAD,
        "Your invite for this product has expired, so it is no longer in your showcase. Upload the video "
        "again with a different product from your showcase.",
        lambda signs: signs.expired,
    ),
    Kind(
        16,
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
CONTACT_TOLD = sum(kind.mark for kind in KINDS if kind.tells_contact)
"""The marks of issues that come with the seller's contact."""

_CODES = [tuple(kind.code for kind in KINDS if mark & kind.mark) for mark in range(256)]


def codes(mark: int) -> tuple[str, ...]:
    """The codes of the issues of a link, the leading one first."""
    return _CODES[mark]


def mark_of(signs: Signs) -> int:
    """The mark of a link: its issues; without any, whether a pending application or moderation has it in
    review.
    """
    issues = sum(kind.mark for kind in KINDS if kind.present(signs))
    if issues:
        return issues
    return IN_REVIEW_MARK if signs.approved is None or signs.violation is None else 0
