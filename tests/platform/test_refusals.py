"""Why brokers do not let us in."""

import asyncio
from typing import Any

import pytest

from streams import refusals
from streams.runtime import sockets
from streams.runtime.connection import Connection

PORTS = range(1, 9)


def test_servers_are_asked_in_their_order_so_that_it_is_the_same_one_that_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    async def connect(door: Any) -> None:
        asked.append(door.port)
        raise OSError

    monkeypatch.setattr(sockets.Connection, "connect", connect)
    servers = ",".join(f"127.0.0.1:{port}" for port in PORTS)
    assert asyncio.run(refusals.explain(Connection(servers))) == ""
    assert asked == list(PORTS)
