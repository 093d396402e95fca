"""A lease ends before others can have what it is about, unless the group hears of the worker."""

import asyncio

import pytest

from streams.runtime.lease import Lease


class Clock:
    """A clock that the test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_there_is_none_before_the_first_sign_of_life(clock: Clock) -> None:
    assert not Lease(10, clock).valid


def test_it_counts_from_when_the_sign_was_given_not_from_when_it_was_taken(clock: Clock) -> None:
    lease = Lease(10, clock)

    async def slow(answer: str) -> str:
        clock.now += 5
        return answer

    assert asyncio.run(lease.renewing(slow, "ok")) == "ok"
    assert lease.valid
    clock.now = 107.9
    assert lease.valid
    clock.now = 108.0
    assert not lease.valid


@pytest.mark.parametrize("fails", [True, False])
def test_what_is_no_success_renews_nothing(clock: Clock, fails: bool) -> None:
    lease = Lease(10, clock)

    async def beat() -> bool:
        if fails:
            raise OSError
        return False

    if fails:
        with pytest.raises(OSError):
            asyncio.run(lease.renewing(beat))
    else:
        assert asyncio.run(lease.renewing(beat)) is False
    assert not lease.valid
