"""No more is in process at once than may be; who waits gets its turn."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.runtime.budget import Budget

MOST = 10


class Workshop:
    """Jobs that take records, with what was in process at most."""

    def __init__(self) -> None:
        self.budget = Budget(MOST)
        self.now = self.peak = 0
        self.done: list[str] = []

    async def job(self, name: str, records: int, turns: int = 1) -> None:
        async with self.budget.spent(records):
            self.now += min(records, MOST)
            self.peak = max(self.peak, self.now)
            try:
                for _ in range(turns):
                    await asyncio.sleep(0)
            finally:
                self.now -= min(records, MOST)
            self.done.append(name)


@given(st.lists(st.tuples(st.integers(0, 2 * MOST), st.integers(0, 3), st.booleans()), max_size=20))
def test_all_get_their_turn_and_never_more_than_allowed(jobs: list[tuple[int, int, bool]]) -> None:
    async def run() -> None:
        shop = Workshop()
        tasks = [asyncio.create_task(shop.job(str(each), *job[:2])) for each, job in enumerate(jobs)]
        await asyncio.sleep(0)
        for task, (*_, cancelled) in zip(tasks, jobs, strict=True):
            if cancelled:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert shop.peak <= MOST
        await asyncio.wait_for(shop.job("all", MOST), 5)

    asyncio.run(run())


def test_a_small_one_never_waits() -> None:
    async def run() -> list[str]:
        shop = Workshop()
        shop.budget = Budget(20)
        await asyncio.gather(
            *(shop.job(*job) for job in [("first", 20, 3), ("large", 20, 1), ("small", 1, 1)])
        )
        return shop.done

    assert asyncio.run(run()) == ["small", "first", "large"]


def test_a_large_one_is_not_overtaken_for_ever() -> None:
    async def run() -> list[str]:
        shop = Workshop()
        jobs = [("first", 6, 3), ("large", 10, 1), ("small", 1, 1)]
        await asyncio.gather(*(shop.job(*job) for job in jobs))
        return shop.done

    assert asyncio.run(run()) == ["first", "large", "small"]


def test_who_takes_too_long_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.runtime.budget._HELD_S", 0.0)

    async def run() -> None:
        shop, forever = Workshop(), asyncio.Event()

        async def stuck() -> None:
            async with shop.budget.spent(MOST):
                await forever.wait()

        waiting = asyncio.create_task(stuck())
        await asyncio.wait_for(shop.job("large", MOST), 5)
        forever.set()
        await waiting
        assert shop.budget._left == MOST, "given back once"

    asyncio.run(run())
