"""No more is in process at once than may be; who waits gets its turn."""

import asyncio
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.runtime.turns import LARGE, SMALL, Turns

MOST = {1: SMALL, 1_000: LARGE}
"""How many batches of so many records are in process at most."""


class Workshop:
    """Batches in process by their size, and how many were at most."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.now = Counter[int]()
        self.peak = Counter[int]()
        self.done: list[str] = []

    async def job(self, name: str, records: int, steps: int = 1) -> None:
        async with self.turns.turn(records):
            self.now[records] += 1
            self.peak |= self.now
            try:
                for _ in range(steps):
                    await asyncio.sleep(0)
            finally:
                self.now[records] -= 1
            self.done.append(name)


@given(st.lists(st.tuples(st.sampled_from(list(MOST)), st.integers(0, 3), st.booleans()), max_size=30))
def test_all_get_their_turn_and_never_more_than_allowed(jobs: list[tuple[int, int, bool]]) -> None:
    async def run() -> None:
        shop = Workshop()
        tasks = [asyncio.create_task(shop.job(str(each), *job[:2])) for each, job in enumerate(jobs)]
        await asyncio.sleep(0)
        for task, (*_, cancelled) in zip(tasks, jobs, strict=True):
            if cancelled:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert shop.peak <= Counter(MOST)
        for records, most in MOST.items():
            await asyncio.wait_for(asyncio.gather(*(shop.job("", records) for _ in range(most))), 5)

    asyncio.run(run())


@pytest.mark.parametrize(("many", "other"), [(1_000, 1), (1, 1_000)])
def test_neither_wait_for_the_others(many: int, other: int) -> None:
    async def run() -> list[str]:
        shop = Workshop()
        crowd = [shop.job("crowd", many, 3) for _ in range(MOST[many] + 1)]
        await asyncio.gather(*crowd, shop.job("other", other))
        return shop.done

    assert asyncio.run(run())[0] == "other"


@pytest.mark.parametrize("records", MOST)
def test_the_first_who_waits_is_the_first_to_be(records: int) -> None:
    async def run() -> list[str]:
        shop = Workshop()
        names = [str(each) for each in range(3 * MOST[records])]
        await asyncio.gather(*(shop.job(name, records) for name in names))
        return shop.done

    done = asyncio.run(run())
    assert done == sorted(done, key=int)


def test_who_takes_too_long_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.runtime.turns._HELD_S", 0.0)

    async def run() -> None:
        shop, forever = Workshop(), asyncio.Event()

        async def stuck() -> None:
            async with shop.turns.turn(1):
                await forever.wait()

        waiting = [asyncio.create_task(stuck()) for _ in range(SMALL)]
        await asyncio.wait_for(shop.job("next", 1), 5)
        forever.set()
        await asyncio.gather(*waiting)
        await asyncio.gather(*(shop.job("", 1) for _ in range(SMALL + 1)))
        assert shop.peak[1] <= SMALL, "given back once"

    asyncio.run(run())


@pytest.mark.parametrize("tasks", [1, 3])
def test_requests_are_read_and_answered_between_any_two_stretches(tasks: int) -> None:
    now, began = 0, list[int]()

    async def loop() -> None:
        nonlocal now
        while True:
            now += 1
            await asyncio.sleep(0)

    async def work(turns: Turns) -> None:
        for _ in range(4):
            async with turns.stretch():
                began.append(now)

    async def run() -> None:
        turns, running = Turns(), asyncio.create_task(loop())
        await asyncio.gather(*(work(turns) for _ in range(tasks)))
        running.cancel()

    asyncio.run(run())
    assert len(began) == 4 * tasks
    assert all(after - before >= 2 for before, after in pairwise([0, *began]))


def test_a_stretch_that_fails_holds_up_nobody() -> None:
    async def run() -> None:
        turns = Turns()
        with pytest.raises(ZeroDivisionError):
            async with turns.stretch():
                raise ZeroDivisionError
        async with asyncio.timeout(5), turns.stretch():
            pass

    asyncio.run(run())
