"""Dead letters in the log: found again by event id, without what they held, and only so many."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from streams.dead_letters import dead_letter
from streams.letter_log import LINES_A_SECOND, LetterLog
from streams.origin import Origin, Source
from streams.runtime.records import Effects, Outgoing
from streams.wire_format import frame

TOPIC = "shop-dead-letters"
CONTACT = {"name": "Ada", "email": "ada@acme.example", "phone": "+44 20"}


class Told:
    """What a `LetterLog` said, a second at a time."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog
        self._due: list[Callable[[], None]] = []
        self.log = LetterLog(TOPIC, lambda _, do: self._due.append(do))

    def finish(self, *letters: Outgoing) -> None:
        other = Outgoing("shop-video-status", b"v1", b"{}", [])
        self.log.finished(Effects([other, *letters], {}, {}))

    @property
    def ends(self) -> int:
        """How many ends of seconds are to come."""
        return len(self._due)

    def second(self) -> list[logging.LogRecord]:
        """The lines of a second, which ends."""
        for do in self._due:
            do()
        self._due.clear()
        told = list(self._caplog.records)
        self._caplog.clear()
        return told


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Told:
    return Told(caplog)


def letter(value: bytes | None, offset: int = 7) -> Outgoing:
    origin = Origin(Source("shop-seller-decisions", 2, offset), b"c7", value, [])
    return dead_letter(TOPIC, origin, "invalid_event", "decision: Field required", 0)


def body(**fields: Any) -> bytes:
    return json.dumps({"event_id": "d-81", "seller_contact": CONTACT, **fields}).encode()


def test_a_letter_is_told_by_event_id_and_place(told: Told) -> None:
    told.finish(letter(body()))
    (line,) = told.second()
    fields = ("event_id", "code", "topic", "partition", "offset", "reason")
    assert (line.levelname, line.message) == ("WARNING", "dead letter")
    assert [getattr(line, name) for name in fields] == [
        "d-81",
        "invalid_event",
        "shop-seller-decisions",
        2,
        7,
        "decision: Field required",
    ]


def test_of_what_it_held_nothing_is_told(told: Told) -> None:
    told.finish(letter(body()))
    (line,) = told.second()
    assert not any(value in str(vars(line)) for value in CONTACT.values())


@pytest.mark.parametrize(
    ("value", "event_id"),
    [
        (frame(7) + body(), "d-81"),
        (None, None),
        (b"", None),
        (b"\x00\x00", None),
        (b"\xff\xfe", None),
        (b"[]", None),
        (b'{"event_id": 1}', None),
        (b'{"event_id": ""}', None),
        (body(event_id="x" * 129), None),
        (b'{"event_id": "\xff"}', None),
        (body(filler="x" * 262_144), None),
        (b'{"":' + b"[" * 2_000, None),
    ],
)
def test_whatever_it_is(told: Told, value: bytes | None, event_id: str | None) -> None:
    told.finish(letter(value))
    (line,) = told.second()
    assert line.__dict__["event_id"] == event_id


def test_beyond_ten_a_second_they_are_counted(told: Told) -> None:
    letters = [letter(body(), offset) for offset in range(25)]
    told.finish(*letters[:4])
    told.finish(*letters[4:20])
    told.finish(*letters[20:])
    assert told.ends == 1
    lines = told.second()
    assert [line.message for line in lines] == ["dead letter"] * LINES_A_SECOND + ["more dead letters"]
    assert [line.__dict__["offset"] for line in lines[:-1]] == list(range(10))
    assert lines[-1].__dict__["count"] == 15


def test_each_second_begins_anew(told: Told) -> None:
    for _ in range(3):
        told.finish(*[letter(body())] * (LINES_A_SECOND + 1))
        assert len(told.second()) == LINES_A_SECOND + 1
    assert told.second() == []
