"""The list folds changes, and nothing else."""

from demo.manage import ManageList
from schemas.status import VideoStatusChanged
from tests.demo.changes import NEEDS, REVIEW, change

TITLES = {"v1": "Desk", "v2": "Skin"}


def listed(*changes: VideoStatusChanged) -> list[tuple[str, tuple[str, ...]]]:
    """Titles and labels of the list after `changes`."""
    videos = ManageList(TITLES)
    for each in changes:
        videos.fold(each)
    return [(entry.title, entry.labels) for entry in videos.entries()]


def test_a_new_video_stands_above_older_ones() -> None:
    assert listed(change("v1", 1, None, REVIEW, at=1000), change("v2", 1, None, (), at=2000)) == [
        ("Skin", ()),
        ("Desk", REVIEW),
    ]


def test_a_change_replaces_the_labels_and_keeps_place_and_time() -> None:
    videos = ManageList(TITLES)
    videos.fold(change("v1", 1, None, REVIEW, at=1000))
    videos.fold(change("v2", 1, None, REVIEW, at=2000))
    videos.fold(change("v1", 2, REVIEW, NEEDS, at=3000))

    assert [(entry.video_id, entry.posted_at) for entry in videos.entries()] == [("v2", 2000), ("v1", 1000)]
    assert videos.labels("v1") == NEEDS


def test_a_change_published_again_changes_nothing() -> None:
    videos = ManageList(TITLES)
    first, second = change("v1", 1, None, REVIEW), change("v1", 2, REVIEW, NEEDS)

    assert [videos.fold(each) for each in (first, second, first, second)] == [True, True, False, False]
    assert videos.labels("v1") == NEEDS


def test_a_deleted_video_goes_and_stays_away() -> None:
    posted, deleted = change("v1", 1, None, REVIEW), change("v1", 2, REVIEW, None)

    assert listed(posted, deleted) == []
    assert listed(posted, deleted, posted) == []


def test_a_video_nobody_told_the_title_of_shows_its_id() -> None:
    assert listed(change("v9", 1, None, REVIEW)) == [("v9", REVIEW)]


def test_a_video_whose_first_change_was_missed_has_no_time_and_stands_last() -> None:
    videos = ManageList(TITLES)
    videos.fold(change("v1", 4, REVIEW, NEEDS, at=5000))
    videos.fold(change("v2", 1, None, REVIEW, at=1000))

    assert [(entry.video_id, entry.posted_at) for entry in videos.entries()] == [("v2", 1000), ("v1", None)]
