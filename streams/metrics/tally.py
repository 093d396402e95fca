"""The links of one partition, counted: by status, by issue, and how long their reviews have been open."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from streams.domain.status import IN_REVIEW, NEEDS_ATTENTION, LinkStatus
from streams.folded import Changed, Folded

HOUR_MS = 3_600_000
# Hours since the epoch that can stand for a review's beginning: what upstream says is bounded here.
_FIRST, _LAST = 400_000, 800_000  # 2015 and 2061
_NO_LINK = LinkStatus("", "")

_Verdict = str | tuple[str, ...]
"""The issues of a link, or its status when it has none: that says it all."""


class Tally:
    """Grows by whole batches. Reviews are counted by the hour in which their video was posted."""

    def __init__(self) -> None:
        self.links: Counter[str] = Counter()
        self.issues: Counter[str] = Counter()
        self.reviews: Counter[int] = Counter()

    def add(self, statuses: Iterable[LinkStatus], posted_at: int) -> None:
        """The links of a video that was not counted yet."""
        for link in statuses:
            self._count(link.issues or link.status, 1)
            if link.status == IN_REVIEW:
                self._count_reviews([posted_at], 1)

    def change(self, folded: Folded) -> None:
        """What a batch made of videos that are counted."""
        self._change(folded.changed)
        for repost in folded.reposted:
            self._count_reviews([repost.replaced] * repost.in_review, -1)
            self._count_reviews([repost.posted_at] * repost.in_review, 1)

    def _change(self, changed: Iterable[Changed]) -> None:
        # This is done for every change there is: one short loop, and what it finds a few times, by kind.
        moves: dict[tuple[_Verdict, _Verdict], list[int]] = defaultdict(list)
        for _, posted_at, change in changed:
            for move in change.moves:
                was, now = move.before or _NO_LINK, move.after or _NO_LINK
                moves[was.issues or was.status, now.issues or now.status].append(posted_at)
        for (before, after), posted in moves.items():
            self._count(before, -len(posted))
            self._count(after, len(posted))
            if (before == IN_REVIEW) != (after == IN_REVIEW):
                self._count_reviews(posted, -1 if before == IN_REVIEW else 1)

    def _count(self, verdict: _Verdict, number: int) -> None:
        if isinstance(verdict, tuple):
            for issue in verdict:
                self.issues[issue] += number
            verdict = NEEDS_ATTENTION
        if verdict != _NO_LINK.status:
            self.links[verdict] += number

    def _count_reviews(self, posted_at: Iterable[int], sign: int) -> None:
        for found, number in Counter([each // HOUR_MS for each in posted_at]).items():
            hour = min(max(found, _FIRST), _LAST)
            self.reviews[hour] += sign * number
            if not self.reviews[hour]:
                del self.reviews[hour]


def only(folded: Folded, up_to: bytes) -> Folded:
    """What concerns videos whose keys are not above `up_to`."""
    changed: list[Changed] = [each for each in folded.changed if each[0] <= up_to]
    return folded._replace(changed=changed, reposted=[each for each in folded.reposted if each.key <= up_to])
