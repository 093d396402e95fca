"""Brokers that do not answer are asked why, once they have not for a while."""

import asyncio
from collections.abc import Iterator

import pytest

from streams import absence, refusals
from streams.absence import Absence
from streams.refusals import NotLetIn
from streams.runtime.connection import Connection
from streams.runtime.lag import Lag
from streams.settings import WrongSetting

RUNNING, STARTING = Connection("127.0.0.1:9"), Connection("127.0.0.1:9", {"as": "one that starts"})


class Door:
    """What a worker that runs finds when it knocks, one after the other, and how often it did.

    One that starts is let in if `open` is true.
    """

    def __init__(self, *found: str | None) -> None:
        self._found = iter(found)
        self.knocks = 0
        self.open = False

    async def explain(self, connection: Connection) -> str:
        if connection is STARTING:
            if self.open:
                return ""
            raise NotLetIn("nor one that starts")
        self.knocks += 1
        if refused := next(self._found):
            raise NotLetIn(refused)
        return "hangs up"


@pytest.fixture
def seconds() -> list[float]:
    """The time; the last one is now."""
    return [0.0]


@pytest.fixture
def looking(seconds: list[float]) -> Iterator[Absence]:
    lag = Lag(lambda: 0, lambda: seconds[-1])
    lag.unanswered()
    yield Absence(lag, RUNNING, lambda: STARTING)


def looked(looking: Absence) -> str | None:
    asyncio.run(looking.look())
    return looking.refused


def test_a_refusal_is_said_once_until_it_ends(
    looking: Absence, seconds: list[float], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    door = Door("no such user", "no such user", None, "no such user")
    monkeypatch.setattr(refusals, "explain", door.explain)
    assert (looked(looking), door.knocks) == (None, 0), "they may be back in a moment"
    seconds.append(absence._LONG_S)
    assert [looked(looking) for _ in range(4)] == ["no such user", "no such user", None, "no such user"]
    assert caplog.messages == ["waiting, nothing is lost: no such user"] * 2


def test_a_worker_is_outdated_when_one_that_starts_would_be_let_in(
    looking: Absence, seconds: list[float], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    door = Door(*["no such user"] * 4, None)
    monkeypatch.setattr(refusals, "explain", door.explain)
    seconds.append(absence._LONG_S)
    outdated = []
    for door.open in (False, True, True, False, True):
        looked(looking)
        outdated.append(looking.outdated)
    assert outdated == [False, True, True, False, False]
    assert [each for each in caplog.messages if "start this one anew" in each] == [caplog.messages[1]]


def test_files_that_make_no_sense_just_now_are_no_help(
    seconds: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def renewed() -> Connection:
        raise WrongSetting("half a certificate")

    lag = Lag(lambda: 0, lambda: seconds[-1])
    lag.unanswered()
    seconds.append(absence._LONG_S)
    looking = Absence(lag, RUNNING, renewed)
    monkeypatch.setattr(refusals, "explain", Door("no such user").explain)
    assert (looked(looking), looking.outdated) == ("no such user", False)
