"""What a worker's garbage collector finds, and when nobody looks for garbage."""

import asyncio
import gc
import weakref

import pytest

from streams import loading, process


class _Cycle:
    def __init__(self) -> None:
        self.itself = self


@pytest.mark.parametrize("passed_by", [0, 1, 2])
def test_what_was_in_use_when_it_came_by_is_found_later(
    monkeypatch: pytest.MonkeyPatch, passed_by: int
) -> None:
    monkeypatch.setattr(process, "_COLLECT_S", 0)
    cycle = _Cycle()
    gone = weakref.ref(cycle)
    for _ in range(passed_by):
        gc.collect(passed_by - 1)
    del cycle

    async def collect() -> None:
        collecting = asyncio.create_task(process.collect_garbage())
        async with asyncio.timeout(30):
            while gone() is not None:
                await asyncio.sleep(0)
        collecting.cancel()

    gc.disable()
    try:
        asyncio.run(collect())
    finally:
        gc.enable()


def test_nobody_looks_for_garbage_while_a_program_loads() -> None:
    try:
        with loading.more():
            meanwhile = gc.isenabled()
        assert (meanwhile, gc.isenabled()) == (False, True)
        assert gc.get_freeze_count() > 0
    finally:
        gc.enable()
        gc.unfreeze()
