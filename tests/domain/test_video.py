"""Registration, deletion and verdicts of a video, in any order of arrival."""

from itertools import permutations

import pytest

from streams.codec import MessagePack
from streams.domain.video import VERDICTS_KEPT, Glance, Link, Video
from tests.domain.build import fact, verdict

EARLY, LATE = fact(1, "a"), fact(2, "b")
ONE, OTHER = [Link("p1")], [Link("p2")]


def test_the_earlier_of_two_registrations_stands_when_it_comes_first() -> None:
    video = Video()
    assert video.register(EARLY, "early", ONE)
    assert not video.register(LATE, "late", OTHER)
    assert (video.registration, video.title, video.links) == (EARLY, "early", ONE)


def test_the_earlier_of_two_registrations_stands_when_it_comes_second() -> None:
    video = Video()
    assert video.register(LATE, "late", OTHER)
    assert video.register(EARLY, "early", ONE)
    assert (video.registration, video.title, video.links) == (EARLY, "early", ONE)


def test_at_the_same_time_the_smaller_event_id_stands() -> None:
    video = Video()
    assert video.register(fact(1, "b"), "b", OTHER)
    assert video.register(fact(1, "a"), "a", ONE)
    assert not video.register(fact(1, "c"), "c", OTHER)
    assert video.title == "a"


def test_the_same_registration_again_changes_nothing() -> None:
    video = Video()
    video.register(EARLY, "early", ONE)
    assert not video.register(fact(1, "a", offset=9), "other", OTHER)
    assert (video.title, video.links) == ("early", ONE)


@pytest.mark.parametrize("order", permutations(["early", "late", "delete"]))
def test_a_deleted_video_stays_deleted_whatever_comes_first(order: tuple[str, ...]) -> None:
    video = Video()
    for step in order:
        if step == "delete":
            video.delete(fact(0))
        else:
            video.register({"early": EARLY, "late": LATE}[step], step, ONE)
    assert not video.visible
    assert (video.registration, video.title, video.links) == (EARLY, "", [])


@pytest.mark.parametrize(
    ("registered", "deleted", "visible"),
    [(False, False, False), (True, False, True), (False, True, False), (True, True, False)],
)
def test_a_video_is_visible_once_posted_until_deleted(registered: bool, deleted: bool, visible: bool) -> None:
    video = Video(EARLY if registered else None, LATE if deleted else None)
    assert video.visible is visible


def test_a_deletion_forgets_the_details_and_keeps_the_version() -> None:
    video = Video(EARLY, version=3)
    video.moderate(verdict(True), None)
    video.moderate(verdict(True), "p1")
    assert video.delete(LATE)
    assert (video.verdict, video.link_verdicts, video.statuses, video.version) == (None, {}, [], 3)
    assert not video.moderate(verdict(True, at=9), None)
    assert video.verdict is None


def test_of_two_deletions_the_later_is_kept() -> None:
    video = Video()
    assert video.delete(EARLY)
    assert video.delete(LATE)
    assert not video.delete(EARLY)
    assert not video.delete(fact(2, "b", offset=9))
    assert video.deletion == LATE


@pytest.mark.parametrize(
    ("whole", "own", "violation"),
    [
        (None, None, None),
        (verdict(True), None, True),
        (None, verdict(True), True),
        (verdict(True, at=1), verdict(False, at=2), False),
        (verdict(True, at=2), verdict(False, at=1), True),
        (verdict(True, event_id="b"), verdict(False, event_id="a"), True),
        (verdict(True, event_id="a"), verdict(False, event_id="b"), False),
    ],
    ids=["none", "video", "link", "link is later", "video is later", "tie, video's id", "tie, link's id"],
)
def test_the_later_verdict_of_video_and_link_stands(
    whole: object, own: object, violation: bool | None
) -> None:
    video = Video()
    for given, product_id in ((whole, None), (own, "p1")):
        if given is not None:
            assert video.moderate(given, product_id)  # type: ignore[arg-type]
    found = video.verdict_on("p1")
    assert (None if found is None else found.violation) is violation
    assert video.verdict_on("p2") is video.verdict


def test_verdicts_on_links_that_a_video_has_not_have_a_bound() -> None:
    video = Video(links=[Link("p1"), Link("p2")])
    for number in range(VERDICTS_KEPT):
        assert video.has_room_for(f"other-{number}")
        video.moderate(verdict(True), f"other-{number}")
    assert not video.has_room_for("another")
    assert video.has_room_for("other-0")
    assert video.has_room_for("p1")


@pytest.mark.parametrize("product_id", [None, "p1"])
def test_an_older_verdict_of_the_same_scope_does_not_stand(product_id: str | None) -> None:
    video = Video()
    assert video.moderate(verdict(True, at=5), product_id)
    assert not video.moderate(verdict(False, at=4), product_id)
    assert not video.moderate(verdict(False, at=5), product_id)
    assert video.verdict_on("p1") == verdict(True, at=5)
    assert video.moderate(verdict(False, at=6), product_id)
    assert video.verdict_on("p1") == verdict(False, at=6)


@pytest.mark.parametrize(
    "video",
    [
        Video(),
        Video(EARLY, None, "seen", [Link("p1", False, "s")], b"\0", 3, history=[1]),
        Video(
            EARLY,
            None,
            "more",
            [*ONE, *OTHER],
            b"\x08\1",
            verdict=verdict(False),
            link_verdicts={"p2": verdict(True)},
        ),
        Video(EARLY, LATE, version=9),
        Video(None, LATE),
    ],
)
def test_a_glance_sees_what_the_video_says(video: Video) -> None:
    glance = MessagePack(Glance).decode(MessagePack(Video).encode(video))
    posted_at = video.registration and video.registration.occurred_at
    assert (glance.registration and glance.registration.occurred_at) == posted_at
    assert (glance.deletion is None) == (video.deletion is None)
    assert (glance.title, glance.version) == (video.title, video.version)
    assert glance.marks == video.marks
