"""Status of a link and of a video (DESIGN.md, section 1; labels and order: CONTRACT.md)."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

APPROVED = "approved"
IN_REVIEW = "in_review"
NEEDS_ATTENTION = "needs_attention"


class LinkStatus(Struct, frozen=True, array_like=True, gc=False):
    """Status of one link and the codes of its issues, the leading one first."""

    product_id: str
    status: str
    issues: tuple[str, ...] = ()


class Counts(Struct, frozen=True, array_like=True, gc=False):
    """What a video shows: both counts are zero when all is well ("no status")."""

    in_review: int
    need_attention: int

    @property
    def status(self) -> str:
        """The video's status: attention leads, then review."""
        if self.need_attention:
            return NEEDS_ATTENTION
        return IN_REVIEW if self.in_review else APPROVED


class HasStatus(Protocol):
    """A link of which the status is known."""

    @property
    def status(self) -> str: ...


def count(statuses: Sequence[HasStatus]) -> Counts:
    """Counts of a video from the statuses of its links."""
    in_review = need_attention = 0
    for link in statuses:
        if link.status == NEEDS_ATTENTION:
            need_attention += 1
        elif link.status == IN_REVIEW:
            in_review += 1
    return Counts(in_review, need_attention)
