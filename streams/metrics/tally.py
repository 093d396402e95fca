"""The links of one partition, counted: by status, by issue, and how long their reviews have been open."""

from collections import Counter

from streams.domain.issues import codes
from streams.domain.status import APPROVED, IN_REVIEW, NEEDS_ATTENTION, count
from streams.folded import HOUR_MS, Folded

# Hours since the epoch that can stand for a review's beginning: what upstream says is bounded here.
_FIRST, _LAST = 400_000, 800_000  # 2015 and 2061


class Tally:
    """Grows by whole batches. Reviews are counted by the hour in which their video was posted."""

    def __init__(self) -> None:
        self._links = self._need_attention = 0
        self.issues: Counter[str] = Counter()
        """Links by issue; one that has several is in each."""
        self.reviews: Counter[int] = Counter()

    @property
    def links(self) -> Counter[str]:
        """Links by status."""
        in_review = self.reviews.total()
        approved = self._links - in_review - self._need_attention
        return Counter({APPROVED: approved, IN_REVIEW: in_review, NEEDS_ATTENTION: self._need_attention})

    def add(self, marks: bytes, posted_at: int) -> None:
        """The links of a video that was not counted yet."""
        counts = count(marks)
        self._links += len(marks)
        self._need_attention += counts.need_attention
        if counts.in_review:
            self._count_reviews(posted_at // HOUR_MS, counts.in_review)
        for mark in filter(None, marks):
            for code in codes(mark):
                self.issues[code] += 1

    def change(self, folded: Folded) -> None:
        """What a batch made of videos that are counted."""
        self._links += folded.links
        self._need_attention += folded.need_attention
        for issue, number in folded.issues.items():
            self.issues[issue] += number
        for hour, number in folded.reviews.items():
            self._count_reviews(hour, number)
        for repost in folded.reposted:
            self._count_reviews(repost.replaced // HOUR_MS, -repost.in_review)
            self._count_reviews(repost.posted_at // HOUR_MS, repost.in_review)

    def _count_reviews(self, posted: int, number: int) -> None:
        hour = min(max(posted, _FIRST), _LAST)
        self.reviews[hour] += number
        if not self.reviews[hour]:
            del self.reviews[hour]


def only(folded: Folded, up_to: bytes) -> Folded:
    """What concerns videos whose keys are not above `up_to`."""
    found = Folded(reposted=[each for each in folded.reposted if each.key <= up_to])
    for changed in folded.changed:
        if changed[0] <= up_to:
            found.change(*changed)
    return found
