"""With what a worker ends."""

import asyncio

import pytest

from streams.runtime.app import _failure

CANCELLED = asyncio.CancelledError()
BUG = RuntimeError("bug")


@pytest.mark.parametrize(
    ("crash", "stopping", "ends_with"),
    [
        (None, True, None),
        (CANCELLED, True, None),
        (CANCELLED, False, CANCELLED),
        (BUG, True, BUG),
        (BUG, False, BUG),
    ],
)
def test_a_fetcher_cancelled_while_stopping_is_no_failure(
    crash: BaseException | None, stopping: bool, ends_with: BaseException | None
) -> None:
    assert _failure(crash, stopping) is ends_with
