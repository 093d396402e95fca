"""How a worker ends, and with what."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from streams.runtime.app import BatchApp, _failure
from streams.runtime.config import Config
from streams.runtime.connection import Connection
from streams.runtime.lag import Lag

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
        connection = Connection("127.0.0.1:1")
        limits: Any = (2_000, 1_000, 1_000, "none", 10_000, None, 1_000, 1 << 20, 1 << 20, "http://a")
        app: Any = BatchApp(Config("group", connection, tmp_path, True, *limits), [], {}, int, Lag(int))
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
