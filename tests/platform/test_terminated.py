"""Work that SIGTERM and Ctrl-C end."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from streams import terminated

STOPS = (signal.SIGTERM, signal.SIGINT)


@pytest.fixture(autouse=True)
def heard_again() -> Iterator[None]:
    """What ended passes over both, but this process goes on."""
    before = {number: signal.getsignal(number) for number in STOPS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


async def work_until_sigterm(losing: int, cleaned: list[str]) -> str:
    """Gets a SIGTERM; of the cancellations that follow the first `losing` are lost."""
    os.kill(os.getpid(), signal.SIGTERM)
    for _ in range(losing):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            continue
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0)
        cleaned.append("all")
    return "done"


@pytest.mark.parametrize("losing", [0, 1, 3])
def test_sigterm_ends_work_that_lost_its_cancellation(losing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminated, "_AGAIN_S", 0.01 if losing else 60.0)
    cleaned: list[str] = []
    with pytest.raises(terminated.Terminated):
        terminated.run(work_until_sigterm(losing, cleaned))
    assert cleaned == ["all"]


def test_work_that_ends_by_itself_returns() -> None:
    assert terminated.run(asyncio.sleep(0, "done")) == "done"


def test_what_work_raises_is_raised() -> None:
    async def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        terminated.run(work())


async def work_until(*numbers: signal.Signals) -> None:
    """Gets these signals, and some more while it cleans up."""
    for number in numbers:
        os.kill(os.getpid(), number)
    try:
        await asyncio.sleep(60)
    finally:
        for number in numbers:
            os.kill(os.getpid(), number)
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("numbers", "raised"),
    [
        ([signal.SIGTERM, signal.SIGTERM], terminated.Terminated),
        ([signal.SIGINT, signal.SIGINT], KeyboardInterrupt),
        ([signal.SIGTERM, signal.SIGINT], terminated.Terminated),
    ],
)
def test_a_second_signal_changes_nothing_however_late(
    numbers: list[signal.Signals], raised: type[BaseException]
) -> None:
    with pytest.raises(raised):
        terminated.run(work_until(*numbers))
    for number in numbers:
        os.kill(os.getpid(), number)


def test_after_work_that_ended_by_itself_signals_are_heard() -> None:
    terminated.run(asyncio.sleep(0))
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_what_cleans_up_gets_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminated, "_AGAIN_S", 0.0)
    turns = 0

    async def clean_up() -> None:
        nonlocal turns
        for turns in range(1, 51):  # noqa: B007
            await asyncio.sleep(0)

    async def work() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            await asyncio.sleep(60)
        finally:
            await terminated.to_its_end(clean_up())

    with pytest.raises(terminated.Terminated):
        terminated.run(work())
    assert turns == 50
