"""How a worker ends, and with what."""

import asyncio
from pathlib import Path

import pytest

from streams.runtime.app import _failure
from tests.runtime.apps import unstarted

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


def test_a_rebalance_of_an_app_that_stops_waits_for_its_batches_and_keeps_the_connections(
    tmp_path: Path,
) -> None:
    async def rebalance() -> list[str]:
        app = unstarted(tmp_path, {})
        done = []

        async def drain(patience_s: float) -> None:
            await asyncio.sleep(0)
            done.append("drained")

        app.tasks.drain = drain
        app.consumer.close = lambda: done.append("closed")
        app._stopped.set()
        await app._on_partitions_revoked(set())
        await app._on_partitions_assigned(set())
        return done

    assert asyncio.run(rebalance()) == ["drained"]


def test_a_worker_that_joins_its_group_again_does_not_say_that_brokers_are_away(tmp_path: Path) -> None:
    async def rebalance() -> float:
        app = unstarted(tmp_path, {})
        app.lag.unanswered()
        await asyncio.sleep(0.001)
        assert app.lag.away_s > 0
        await app._on_revoked()
        return float(app.lag.away_s)

    assert asyncio.run(rebalance()) == 0
