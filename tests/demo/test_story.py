"""The story shows all of the help page, and what its scenes promise is right."""

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from demo.facts import CREATOR, Broken
from demo.story import STORY, Scene, titles
from schemas.decode import InvalidEvent, decode
from streams.runtime.partitioner import partition_for
from tests.demo.day import ISSUES, Day

NOW = datetime(2026, 11, 23, tzinfo=UTC)
FACTS = [fact for scene in STORY for fact in scene.facts]


def days() -> Iterator[tuple[Scene, Day]]:
    """Each scene, and how things are after it."""
    day = Day()
    for scene in STORY:
        day.play(scene)
        yield scene, day


def test_each_scene_says_of_all_videos_that_change_what_they_show() -> None:
    before: dict[str, tuple[str, ...]] = {}
    dead_letters = 0
    for scene, day in days():
        after = day.labels()
        dead_letters = max(dead_letters, scene.dead_letters)
        changed = {
            video: after.get(video) for video in {*before, *after} if before.get(video) != after.get(video)
        }
        unchanged = {video: after[video] for video in scene.shows if video not in changed}
        assert dict(scene.shows) == {**changed, **unchanged}, scene.caption
        assert dead_letters == day.dead_letters, scene.caption
        before = after


def test_every_issue_comes_stands_at_the_end_and_all_that_can_go_again_do() -> None:
    stood: set[tuple[str, str, str]] = set()
    gone: set[tuple[str, str, str]] = set()
    for _, day in days():
        now = day.issues()
        gone |= stood - now
        stood |= now

    assert {code for *_, code in stood} == set(ISSUES)
    assert {code for *_, code in now} == set(ISSUES)
    assert {code for *_, code in gone} >= set(ISSUES) - {"rejected_by_seller"}


def test_every_type_of_event_is_sent_and_all_but_the_broken_are_valid() -> None:
    types = set()
    for fact in FACTS:
        value = fact.record("f-1", NOW)
        if isinstance(fact, Broken):
            with pytest.raises(InvalidEvent):
                decode(fact.topic, value)
        else:
            types.add(decode(fact.topic, value).type)  # type: ignore[attr-defined]

    assert types == {
        *("video_posted", "video_deleted", "seller_decision"),
        *("invite_expiry", "moderation_verdict", "inventory_level"),
    }


def test_the_seed_s_cases_are_in_it() -> None:
    sent = [fact.fields for fact in FACTS]

    moderations = [fields for fields in sent if fields.get("verdict") == "violation"]
    assert {bool(fields["product_id"]) for fields in moderations} == {True, False}
    assert any(fields.get("seller_contact") for fields in sent)
    ends = [fact.expires_in.total_seconds() for fact in FACTS if fact.expires_in]
    assert any(after < 0 for after in ends) and any(0 < after < 10 for after in ends)
    links = [link for fields in sent for link in fields.get("links", ())]  # type: ignore[attr-defined]
    assert {link.get("seller_approval") for link in links} == {None, "not_required"}


@pytest.mark.parametrize("partitions", [4, 8])
def test_moderation_s_partitioner_is_wrong_about_this_creator(partitions: int) -> None:
    key = CREATOR.encode()

    assert zlib.crc32(key) % partitions != partition_for(key, partitions)


def test_a_video_keeps_the_title_of_its_first_registration() -> None:
    assert titles()["desk"] == "My desk setup"
    assert len(titles()) == 5
