"""What becomes of a link by all that is known of it."""

from functools import cache

from msgspec import Struct

from streams.domain.facets import Moderation
from streams.domain.issues import Signs, mark_of
from streams.domain.product import Product
from streams.domain.video import Link


class Facets(Struct, frozen=True, gc=False):
    """All that is known of one link."""

    link: Link
    product: Product
    verdict: Moderation | None


def judge(facets: Facets) -> int:
    """The mark of one link (streams/domain/issues.py)."""
    product, verdict = facets.product, facets.verdict
    approved = None if facets.link.approval_required else True
    if product.application is not None:
        approved = product.application.approved
    violation = None if verdict is None else verdict.violation
    return _mark(Signs(violation, approved, product.expired, product.out_of_stock))


_mark = cache(mark_of)  # of 36 signs
