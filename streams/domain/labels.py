"""What stands under a video's title in "Video > Manage" (wording: CONTRACT.md, from the seed)."""

from collections.abc import Callable

from streams.domain.status import Counts

Plural = Callable[[str, str, int], str]
"""Of a text for one and a text for several, the one that is right for a number: gettext's `ngettext`."""

NEED_ATTENTION = ("{number} product link needs attention", "{number} product links need attention")
IN_REVIEW = ("{number} product link in review", "{number} product links in review")


def english(one: str, several: str, number: int) -> str:
    """The plural as English has it."""
    return one if number == 1 else several


def labels(counts: Counts, plural: Plural = english) -> list[str]:
    """The status labels of a video; empty when all its links are approved."""
    return [
        plural(*texts, number).format(number=number)
        for number, texts in ((counts.need_attention, NEED_ATTENTION), (counts.in_review, IN_REVIEW))
        if number
    ]
