"""Work that SIGTERM ends."""

import asyncio
import os
import signal

import pytest

from streams import terminated


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
