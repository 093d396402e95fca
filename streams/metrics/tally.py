"""The links of one partition, counted: by status, by issue, and how long their reviews have been open."""

from collections import Counter
from collections.abc import Iterable

from streams.domain.status import IN_REVIEW, NEEDS_ATTENTION, LinkStatus
from streams.folded import HOUR_MS, Folded, Verdict

# Hours since the epoch that can stand for a review's beginning: what upstream says is bounded here.
_FIRST, _LAST = 400_000, 800_000  # 2015 and 2061


class Tally:
    """Grows by whole batches. Reviews are counted by the hour in which their video was posted."""

    def __init__(self) -> None:
        self._verdicts: Counter[Verdict] = Counter()
        self.reviews: Counter[int] = Counter()

    @property
    def links(self) -> Counter[str]:
        """Links by status."""
        links: Counter[str] = Counter()
        for verdict, number in self._verdicts.items():
            links[NEEDS_ATTENTION if isinstance(verdict, tuple) else verdict] += number
        return links

    @property
    def issues(self) -> Counter[str]:
        """Links by issue; one that has several is in each."""
        issues: Counter[str] = Counter()
        for verdict, number in self._verdicts.items():
            if isinstance(verdict, tuple):
                issues.update(dict.fromkeys(verdict, number))
        return issues

    def add(self, statuses: Iterable[LinkStatus], posted_at: int) -> None:
        """The links of a video that was not counted yet."""
        for link in statuses:
            self._verdicts[link.issues or link.status] += 1
            if link.status == IN_REVIEW:
                self._count_reviews(posted_at // HOUR_MS, 1)

    def change(self, folded: Folded) -> None:
        """What a batch made of videos that are counted."""
        for verdict, number in folded.links.items():
            self._verdicts[verdict] += number
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
    for key, registration, change in folded.changed:
        if key <= up_to:
            found.change(key, registration, change)
    return found
