"""Brokers that do not answer are asked why, once they have not for a while."""

import asyncio
from collections.abc import Iterator

import pytest

from streams import absence, refusals
from streams.absence import Absence
from streams.refusals import NotLetIn
from streams.runtime.connection import Connection
from streams.runtime.lag import Lag


class Door:
    """What a knock finds, one after the other; how often there was one."""

    def __init__(self, *found: str | None) -> None:
        self._found = iter(found)
        self.knocks = 0

    async def explain(self, _: Connection) -> str:
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
    yield Absence(lag, Connection("127.0.0.1:9"))


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
