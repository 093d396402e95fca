"""Status of a link and of a video (DESIGN.md, section 1; labels and order: CONTRACT.md)."""

from functools import lru_cache

from msgspec import Struct

from streams.domain.issues import IN_REVIEW_MARK, codes

APPROVED = "approved"
IN_REVIEW = "in_review"
NEEDS_ATTENTION = "needs_attention"


def status_of(mark: int) -> str:
    """The status of a link by its mark: any issue needs attention."""
    if mark > IN_REVIEW_MARK:
        return NEEDS_ATTENTION
    return IN_REVIEW if mark else APPROVED


class LinkStatus(Struct, frozen=True, gc=False):
    """A link by its product, with its mark in words."""

    product_id: str
    mark: int

    @property
    def status(self) -> str:
        """Its status."""
        return status_of(self.mark)

    @property
    def issues(self) -> tuple[str, ...]:
        """The codes of its issues, the leading one first."""
        return codes(self.mark)


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


# Videos of a few links have few different marks.
@lru_cache(maxsize=10_000)
def count(marks: bytes) -> Counts:
    """Counts of a video from the marks of its links."""
    in_review = marks.count(IN_REVIEW_MARK)
    return Counts(in_review, len(marks) - in_review - marks.count(0))
