"""What is told and what is spared, case by case, through the state file."""

import json
from pathlib import Path

import pytest

from examples.notifier.rules import DAY, HOUR, MINUTE, Rules
from tests.notifier.support import (
    CHANGES,
    EXPIRED,
    OUT,
    REJECTED,
    SOON,
    START,
    WAIT,
    Notifier,
    Record,
    link,
)


@pytest.fixture
def notifier(tmp_path: Path) -> Notifier:
    """A notifier whose creator was told that the link is approved."""
    notifier = Notifier(tmp_path)
    notifier.change(link())
    assert notifier.told(after=SOON) == ["approved p1"]
    notifier.now += DAY
    return notifier


def test_an_outage_is_told_after_48_hours_and_once(notifier: Notifier) -> None:
    notifier.change(link("p1", OUT))
    assert notifier.told(after=WAIT - 1) == []
    assert notifier.told(after=1) == [f"issue p1 {OUT}"]
    assert notifier.told(after=30 * DAY) == []


def test_an_outage_that_is_over_in_time_is_never_told_nor_its_end(notifier: Notifier) -> None:
    notifier.change(link("p1", OUT))
    assert notifier.told(after=WAIT - 1) == []
    notifier.change(link())
    assert notifier.told(after=30 * DAY) == []


def test_the_wait_counts_from_when_it_happened_not_from_when_it_was_read(notifier: Notifier) -> None:
    notifier.change(link("p1", OUT), occurred_at=notifier.now - WAIT)
    assert notifier.told() == [f"issue p1 {OUT}"]


def test_the_wait_goes_on_while_other_things_change(notifier: Notifier) -> None:
    notifier.change(link("p1", OUT))
    assert notifier.told(after=WAIT - HOUR) == []
    notifier.change(link("p1", OUT), link("p2", status="in_review"))
    notifier.change(link("p1", REJECTED, OUT), link("p2", status="in_review"))
    assert notifier.told(after=SOON) == [f"issue p1 {REJECTED}"]
    assert notifier.told(after=HOUR) == [f"issue p1 {OUT}"]


def test_an_outage_that_comes_again_waits_anew(notifier: Notifier) -> None:
    notifier.change(link("p1", OUT))
    assert notifier.told(after=WAIT - 1) == []
    notifier.change(link())
    notifier.change(link("p1", OUT))
    assert notifier.told(after=WAIT - 1) == []
    assert notifier.told(after=1) == [f"issue p1 {OUT}"]


def test_a_told_outage_that_is_over_is_told_at_once(notifier: Notifier) -> None:
    notifier.change(link("p1", OUT))
    notifier.told(after=WAIT)
    notifier.change(link())
    assert notifier.told(after=SOON) == ["restored p1"]
    assert notifier.told(after=30 * DAY) == []


def test_four_outages_in_two_weeks_and_the_fifth_when_they_are_over(tmp_path: Path) -> None:
    notifier = Notifier(tmp_path, Rules(outage_wait=DAY))
    notifier.change(link())
    assert notifier.told(after=SOON) == ["approved p1"]
    for _ in range(4):
        notifier.change(link("p1", OUT))
        assert notifier.told(after=DAY) == [f"issue p1 {OUT}"]
        notifier.change(link())
        assert notifier.told(after=SOON) == ["restored p1"]
    first = notifier.now - 3 * (DAY + SOON) - SOON
    notifier.change(link("p1", OUT))
    assert notifier.told(after=first + 14 * DAY - 1 - notifier.now) == []
    assert notifier.told(after=1) == [f"issue p1 {OUT}"]


@pytest.mark.parametrize("code", [REJECTED, EXPIRED, "content_quality_violation", "of_tomorrow"])
def test_what_needs_a_new_upload_is_told_at_once(notifier: Notifier, code: str) -> None:
    notifier.change(link("p1", code))
    assert notifier.told(after=SOON - 1) == []
    assert notifier.told(after=1) == [f"issue p1 {code}"]


def test_another_issue_of_a_broken_link_is_told_too_and_its_end_only_with_the_last(
    notifier: Notifier,
) -> None:
    notifier.change(link("p1", REJECTED))
    notifier.change(link("p1", REJECTED, OUT))
    assert notifier.told(after=WAIT) == [f"issue p1 {REJECTED}", f"issue p1 {OUT}"]
    notifier.change(link("p1", REJECTED))
    assert notifier.told(after=DAY) == []
    notifier.change(link())
    assert notifier.told(after=SOON) == ["restored p1"]


def test_restored_into_review_then_approved(tmp_path: Path) -> None:
    notifier = Notifier(tmp_path)
    notifier.change(link("p1", status="in_review"))
    notifier.change(link("p1", OUT))
    assert notifier.told(after=WAIT) == [f"issue p1 {OUT}"]
    notifier.change(link("p1", status="in_review"))
    [message] = notifier.messages(after=SOON)
    assert "in review again" in message.text
    notifier.change(link())
    assert notifier.told(after=HOUR) == ["approved p1"]


def test_a_deleted_video_is_not_spoken_of(notifier: Notifier) -> None:
    notifier.change(link("p1", OUT), video="v2")
    notifier.change(link("p1", REJECTED))
    deleted = notifier.change(after=None)
    notifier.change(after=None, video="v2")
    assert notifier.told(after=30 * DAY) == []
    notifier.read({**deleted, "after": {}, "links": [link("p1", REJECTED)]})
    assert notifier.told(after=SOON) == []


def test_what_was_read_before_changes_nothing(notifier: Notifier) -> None:
    broken = notifier.change(link("p1", REJECTED))
    notifier.told(after=SOON)
    well = notifier.change(link())
    notifier.told(after=SOON)
    known = notifier.known()
    for change in (broken, well, broken):
        notifier.read(change)
        assert notifier.known() == known
        assert notifier.told(after=HOUR) == []


def test_a_version_that_is_published_otherwise_is_taken(notifier: Notifier) -> None:
    """At least once, a worker that crashed may publish another change under the same version."""
    change = notifier.change(link())
    notifier.read({**change, "links": [link("p1", REJECTED)]})
    assert notifier.told(after=SOON) == [f"issue p1 {REJECTED}"]


def test_what_cannot_be_read_is_skipped_and_logged(
    notifier: Notifier, caplog: pytest.LogCaptureFixture
) -> None:
    notifier.change(link("p1", REJECTED), links="none")
    assert "Expected `array`, got `str` - at `$.links`" in caplog.text
    assert notifier.told(after=SOON) == []


def test_what_a_schema_registry_puts_before_a_value_is_taken_off(notifier: Notifier) -> None:
    change = {"video_id": "v2", "creator_id": "c1", "version": 1, "occurred_at": "2026-11-23T09:00:00.250Z"}
    value = json.dumps(change | {"after": {}, "links": [link("p1", OUT)]}).encode()
    with notifier.state.transaction():
        notifier.intake.read_change(Record(CHANGES, 0, 0, None, b"\0\0\0\0\7" + value), notifier.now)
    [message] = notifier.messages(after=WAIT)
    assert message.items[0].since == START + 250


def test_one_message_for_what_comes_together(notifier: Notifier) -> None:
    for video in ("v1", "v2", "v3"):
        notifier.change(link("p1", REJECTED), link("p2", REJECTED), video=video)
    [message] = notifier.messages(after=SOON)
    assert message.subject == "6 product links need attention"


def test_what_is_not_urgent_waits_for_the_next_digest_but_goes_with_what_is(notifier: Notifier) -> None:
    begin = notifier.now
    for minutes, product in ((0, "p1"), (10, "p2"), (20, "p3"), (70, "p4")):
        notifier.change(link(product, OUT), video=product, occurred_at=begin + minutes * MINUTE)
    notifier.now = begin + WAIT
    assert notifier.told() == [f"issue p1 {OUT}"]
    assert notifier.told(after=59 * MINUTE) == []
    assert notifier.told(after=MINUTE) == [f"issue p2 {OUT}", f"issue p3 {OUT}"]
    assert notifier.told(after=10 * MINUTE) == []
    notifier.change(link("p5", REJECTED), video="p5")
    assert notifier.told(after=SOON) == [f"issue p5 {REJECTED}", f"issue p4 {OUT}"]


def test_creators_wait_for_themselves_only(notifier: Notifier) -> None:
    notifier.change(link("p1", REJECTED))
    notifier.told(after=SOON)
    notifier.change(link("p1"), video="v9", creator_id="c2")
    assert notifier.told(after=SOON) == ["approved p1"]


def test_a_message_has_an_end_and_the_rest_follows(notifier: Notifier) -> None:
    for video in ("v1", "v2", "v3"):
        notifier.change(*(link(f"p{number}", REJECTED) for number in range(50)), video=video)
    assert [len(message.items) for message in notifier.messages(after=SOON)] == [100]
    assert [len(message.items) for message in notifier.messages(after=1)] == [50]


def test_titles_and_contacts_come_from_video_status(notifier: Notifier) -> None:
    notifier.change(link("p1", REJECTED))
    notifier.status(
        "v1", "My desk\r\nTo: all", 2, link("p1", REJECTED, seller_contact={"email": "a@b.example"})
    )
    notifier.status("v1", "A title", 3, link("p1", OUT))  # its change is not yet read
    notifier.status(
        "v1", "My desk\r\nTo: all", 2, link("p1", REJECTED, seller_contact={"email": "a@b.example"})
    )
    [message] = notifier.messages(after=SOON)
    assert message.text.splitlines()[0] == "My desk To: all"
    assert "- Seller contact: a@b.example" in message.text.splitlines()
    assert [item.code for item in message.items] == [REJECTED]


def test_a_title_may_come_before_its_video(notifier: Notifier) -> None:
    notifier.status("v2", "My first 5k", 1, link("p1", REJECTED))
    assert notifier.told(after=SOON) == []
    notifier.change(link("p1", REJECTED), video="v2")
    [message] = notifier.messages(after=SOON)
    assert message.text.startswith("My first 5k\n")


def test_a_link_that_an_earlier_registration_does_not_have_is_not_spoken_of(notifier: Notifier) -> None:
    notifier.change(link("p1", REJECTED), link("p2", OUT), video="v2")
    notifier.change(link("p3", REJECTED), video="v2")
    assert notifier.told(after=WAIT) == [f"issue p3 {REJECTED}"]


def test_old_videos_and_messages_are_forgotten(notifier: Notifier) -> None:
    notifier.change(after=None)
    notifier.desk.forget(notifier.now + 30 * DAY)
    assert notifier.state.db.execute("SELECT COUNT(*) FROM videos").fetchone() == (1,)
    notifier.desk.forget(notifier.now + 32 * DAY)
    for table in ("videos", "links", "outbox"):
        assert notifier.state.db.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (0,)
