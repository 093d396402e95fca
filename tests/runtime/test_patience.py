"""What a topic does not take is published again and again; meanwhile the task is known to wait."""

import asyncio
from collections.abc import Mapping

import pytest

from streams.runtime import patience
from streams.runtime.commit import CommitFailed, Refused
from streams.runtime.patience import Patient
from streams.runtime.records import Effects
from tests.runtime.counting import Journal

EFFECTS = Effects([], {"log": [(b"a", b"1")]}, {})
Waiting = dict[tuple[str, int], str]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_FIRST_S", 0.0)


class Refusing(Journal):
    """Refuses for these reasons, and keeps what is known to wait at each attempt."""

    def __init__(self, waiting: Waiting, *reasons: str) -> None:
        super().__init__()
        self.reasons = list(reasons)
        self.waiting = waiting
        self.seen: list[Waiting] = []

    async def publish(self, effects: Effects) -> Mapping[str, int]:
        self.seen.append(dict(self.waiting))
        if self.reasons:
            raise Refused(self.reasons.pop(0))
        return await super().publish(effects)


def test_it_waits_says_why_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    waiting: Waiting = {("links", 1): "something else"}
    journal = Refusing(waiting, "no room", "no room", "no topic")
    patient = Patient(journal, ("links", 3), waiting)
    assert asyncio.run(patient.publish(EFFECTS)) == {"log": 100}
    asyncio.run(patient.publish(EFFECTS))
    assert [each.get(("links", 3)) for each in journal.seen] == [None, "no room", "no room", "no topic", None]
    assert (journal.retaken, len(journal.published)) == (3, 2)
    assert waiting == {("links", 1): "something else"}
    assert [record.message for record in caplog.records] == [
        "links-3 waits, nothing is lost: no room",
        "links-3 waits, nothing is lost: no topic",
        "links-3 goes on",
    ]


def test_what_cannot_be_taken_back_waits_no_more() -> None:
    class Lost(Refusing):
        async def retake(self) -> None:
            raise CommitFailed("lost")

    waiting: Waiting = {}
    with pytest.raises(CommitFailed, match="lost"):
        asyncio.run(Patient(Lost(waiting, "no room"), ("links", 3), waiting).publish(EFFECTS))
    assert waiting == {}
