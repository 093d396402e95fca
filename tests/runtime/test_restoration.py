"""Partitions are taken over unless a rebalance comes between."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import GroupAuthorizationFailedError, IllegalStateError, KafkaTimeoutError
from faust.types import TP

from streams.runtime.restoration import TableManager


class App:
    """What a takeover needs, with a journal. Its committed offsets are asked for until `answered`, which
    fails with each of `failures` first.
    """

    consumer_generation_id = 1

    def __init__(self, *failures: Exception, opens: bool = True) -> None:
        self._failures = list(failures)
        self._opens = opens
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
        return self._opens

    async def _perform_seek(self) -> None:
        self.asked.set()
        await asyncio.wait_for(self.answered.wait(), 60)
        if self._failures:
            raise self._failures.pop(0)
        self.done.append("at the committed offsets")

    async def crash(self, error: Exception) -> None:
        self.done.append(f"crashed: {error!r}")

    async def _nothing(self) -> None: ...


ASSIGNED = {TP("links", 0)}
SOUGHT = ["at the committed offsets"]
NO_ACCESS = GroupAuthorizationFailedError("group")

TAKEOVERS: dict[str, tuple[App, set[TP], int, list[str]]] = {
    "its own generation": (App(), ASSIGNED, 1, [*SOUGHT, "started"]),
    "of a generation that is over": (App(), ASSIGNED, 0, SOUGHT),
    "nothing assigned": (App(), set(), 1, ["started"]),
    "opening is interrupted": (App(opens=False), ASSIGNED, 1, []),
    "brokers are away": (App(KafkaTimeoutError(), KafkaTimeoutError()), ASSIGNED, 1, [*SOUGHT, "started"]),
    "the assignment is another": (App(IllegalStateError("not assigned")), ASSIGNED, 1, []),
    "no access": (App(NO_ACCESS), ASSIGNED, 1, [f"crashed: {NO_ACCESS!r}"]),
    "a failure": (App(ValueError("no")), ASSIGNED, 1, ["crashed: ValueError('no')"]),
}


def manager_of(app: App) -> Any:
    manager: Any = TableManager.__new__(TableManager)
    manager.app = app
    manager.add_future = asyncio.ensure_future
    manager.on_actives_ready = manager.on_standbys_ready = lambda: None
    return manager


@pytest.mark.parametrize("revoked", [False, True])
def test_a_rebalance_that_begins_as_the_offsets_come_starts_nothing(revoked: bool) -> None:
    async def take_over() -> list[str]:
        app = App()
        manager = manager_of(app)
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

    assert asyncio.run(take_over()) == [*SOUGHT, *([] if revoked else ["started"])]


@pytest.mark.parametrize(("app", "assigned", "generation", "done"), TAKEOVERS.values(), ids=TAKEOVERS)
def test_it_starts_at_the_committed_offsets_or_not_at_all(
    app: App, assigned: set[TP], generation: int, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.runtime.restoration._RETRY_S", 0)

    async def take_over() -> None:
        app.answered.set()
        manager = manager_of(app)
        await manager.on_rebalance(assigned, set(), set(), generation)
        await asyncio.wait({manager._resuming})

    asyncio.run(take_over())
    assert app.done == done
