"""Partitions are taken over unless a rebalance comes between."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from streams.runtime.restoration import TableManager


class App:
    """What a takeover needs, with a journal. Its committed offsets are asked for until `answered`."""

    consumer_generation_id = 1

    def __init__(self) -> None:
        self.done: list[str] = []
        self.asked, self.answered = asyncio.Event(), asyncio.Event()
        self.tasks = SimpleNamespace(open=self._open, start=lambda: self.done.append("started"), missing=())
        self.inputs = SimpleNamespace(look=self._nothing)
        self.consumer = SimpleNamespace(
            perform_seek=self._perform_seek, resume_partitions=list, resume_flow=list
        )
        self.flow_control = SimpleNamespace(resume=list)
        self._fetcher = SimpleNamespace(maybe_start=self._nothing)
        self.on_rebalance_complete = SimpleNamespace(send=self._nothing)
        self.on_rebalance_end = list

    async def _open(self, assigned: object) -> bool:
        return True

    async def _perform_seek(self) -> None:
        self.asked.set()
        await asyncio.wait_for(self.answered.wait(), 60)

    async def _nothing(self) -> None: ...


@pytest.mark.parametrize("revoked", [False, True])
def test_a_rebalance_that_begins_as_the_offsets_come_starts_nothing(revoked: bool) -> None:
    async def take_over() -> list[str]:
        manager: Any = TableManager.__new__(TableManager)
        manager.app = app = App()
        manager.add_future = asyncio.ensure_future
        manager.on_actives_ready = manager.on_standbys_ready = lambda: None
        await manager.on_rebalance({TP("links", 0)}, set(), set(), 1)
        resuming = manager._resuming
        async with asyncio.timeout(60):
            await app.asked.wait()
        app.answered.set()
        await asyncio.sleep(0)  # the answer is here, and who asked not told yet
        if revoked:
            manager.on_partitions_revoked({TP("links", 0)})
        await asyncio.wait({resuming})
        return app.done

    assert asyncio.run(take_over()) == ([] if revoked else ["started"])
