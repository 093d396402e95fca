"""A crash between any two steps tells nothing twice and misses nothing; the file is one notifier's."""

import sqlite3
from pathlib import Path

import pytest

from examples.notifier.messages import message_id
from examples.notifier.rules import DAY, HOUR
from examples.notifier.state import State, WrongState
from tests.notifier.support import (
    EXPIRED,
    OUT,
    REJECTED,
    SOON,
    STATUS,
    WAIT,
    Notifier,
    Record,
    link,
    status_record,
)


def test_what_waits_survives_a_restart(tmp_path: Path) -> None:
    notifier = Notifier(tmp_path)
    notifier.change(link("p1", OUT), link("p2", REJECTED))
    notifier.restart()
    assert notifier.told(after=SOON) == [f"issue p2 {REJECTED}"]
    notifier.restart()
    assert notifier.told(after=WAIT) == [f"issue p1 {OUT}"]
    notifier.restart()
    assert notifier.told(after=30 * DAY) == []


def test_what_was_decided_and_not_sent_is_sent_after_a_restart_under_the_same_id(tmp_path: Path) -> None:
    notifier = Notifier(tmp_path)
    notifier.change(link("p1", REJECTED))
    notifier.now += SOON
    notifier.desk.write(notifier.now)
    [before] = notifier.outbox.due(notifier.now, 10)
    notifier.restart()
    [after] = notifier.messages()
    assert after == before.message
    assert after.id == message_id("c1", after.items)


def test_a_batch_that_fails_leaves_nothing(tmp_path: Path) -> None:
    notifier = Notifier(tmp_path)
    with pytest.raises(KeyboardInterrupt), notifier.state.transaction():
        notifier.state.set_position("t", 0, 7)
        raise KeyboardInterrupt
    assert notifier.state.positions() == {}


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    first = State(tmp_path / "state", "a")
    with pytest.raises(WrongState, match="does another notifier use it"):
        State(tmp_path / "state", "a")
    first.close()
    State(tmp_path / "state", "a").close()


def test_the_state_of_other_topics_is_refused(tmp_path: Path) -> None:
    State(tmp_path / "state", "video-status-changes").close()
    with pytest.raises(WrongState, match="its topics is 'video-status-changes', not 'staging-video"):
        State(tmp_path / "state", "staging-video-status-changes")


def test_a_file_that_is_no_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("not a database, but longer than a header of SQLite would be" * 3)
    with pytest.raises(WrongState, match="not a database"):
        State(tmp_path / "state", "a")


def standing(notifier: Notifier, video: str, *links: object, version: int = 1, as_told: bool) -> None:
    record = status_record(video, "A title", version, notifier.now, links)  # type: ignore[arg-type]
    with notifier.state.transaction():
        notifier.intake.note_standing(record)
        notifier.intake.read_standing(record, notifier.now, as_told=as_told)


def test_what_stands_at_the_first_start_is_known_and_its_end_is_told(tmp_path: Path) -> None:
    notifier = Notifier(tmp_path)
    standing(notifier, "v1", link("p1", REJECTED), link("p2"), link("p3", OUT), as_told=True)
    notifier.change(link("p1", REJECTED), link("p2"), link("p3", OUT))  # its change, read after it
    assert notifier.told(after=30 * DAY) == []
    notifier.change(link("p1"), link("p2"), link("p3"))
    assert notifier.told(after=SOON) == ["restored p1", "restored p3"]


def test_records_that_were_deleted_unread_are_made_up_for(tmp_path: Path) -> None:
    notifier = Notifier(tmp_path)
    for video in ("v1", "v2", "v3"):
        notifier.change(link("p1", REJECTED), video=video)
    assert len(notifier.told(after=SOON)) == 3
    notifier.now += 40 * DAY
    notifier.intake.begin_standing()
    standing(notifier, "v2", link("p1", REJECTED), version=1, as_told=False)
    with notifier.state.transaction():
        notifier.intake.note_standing(Record(STATUS, 0, 1, b"v2", None))
    standing(notifier, "v1", link("p1"), version=4, as_told=False)
    standing(notifier, "v3", link("p1", REJECTED), version=1, as_told=False)
    standing(notifier, "v4", link("p1", REJECTED), version=9, as_told=False)
    with notifier.state.transaction():
        notifier.intake.end_standing(notifier.now)
    assert notifier.told(after=SOON) == ["restored p1", f"issue p1 {REJECTED}"]
    notifier.change(link("p1", EXPIRED), video="v2")  # it is deleted
    assert notifier.told(after=HOUR) == []


def test_the_state_is_on_disk_when_a_transaction_ends(tmp_path: Path) -> None:
    notifier = Notifier(tmp_path)
    modes = [
        notifier.state.db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    ]
    assert modes == ["wal", 2]
    assert sqlite3.threadsafety


def test_a_file_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "state.sqlite3", tmp_path):
        with pytest.raises(WrongState, match=f"NOTIFIER_STATE_FILE={path}: "):
            State(path, "video-status-changes")
