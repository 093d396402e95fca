"""Counts, status and labels of a video."""

import pytest

from streams.domain.issues import IN_REVIEW_MARK, KINDS
from streams.domain.labels import labels
from streams.domain.status import Counts, count


@pytest.mark.parametrize(
    ("in_review", "need_attention", "status", "expected"),
    [
        (0, 0, "approved", []),
        (1, 0, "in_review", ["1 product link in review"]),
        (2, 0, "in_review", ["2 product links in review"]),
        (0, 1, "needs_attention", ["1 product link needs attention"]),
        (0, 2, "needs_attention", ["2 product links need attention"]),
        (1, 1, "needs_attention", ["1 product link needs attention", "1 product link in review"]),
        (21, 50, "needs_attention", ["50 product links need attention", "21 product links in review"]),
    ],
)
def test_a_video_shows(in_review: int, need_attention: int, status: str, expected: list[str]) -> None:
    counts = Counts(in_review, need_attention)
    assert counts.status == status
    assert labels(counts) == expected


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        ([], Counts(0, 0)),
        ([0, 0], Counts(0, 0)),
        ([0, IN_REVIEW_MARK, KINDS[0].mark, KINDS[1].mark | KINDS[3].mark], Counts(1, 2)),
    ],
)
def test_links_are_counted(of: list[int], expected: Counts) -> None:
    assert count(bytes(of)) == expected
