"""While brokers are silent it is said again and again, whatever waits for them."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from streams import admin, silence
from streams.runtime.connection import Connection
from streams.silence import Silence


@pytest.fixture
def hanging() -> Iterator[str]:
    """The address of a broker that takes connections and answers none."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def test_a_broker_that_hangs_is_warned_of_before_it_is_given_up(
    hanging: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(silence, "LONGEST_S", 0.05)

    async def wait() -> None:
        async with asyncio.timeout(0.5):
            await admin.when_there(Connection(hanging), admin.is_mock)

    with pytest.raises(TimeoutError):
        asyncio.run(wait())
    assert len(caplog.messages) >= 3
    assert set(caplog.messages) == {f"no broker answers at {hanging} (no reason known yet); waiting"}


def test_nothing_is_said_of_brokers_that_answer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(silence, "LONGEST_S", 0.01)

    async def work() -> None:
        with Silence("a:1") as quiet:
            quiet.end()
            await asyncio.sleep(0.03)
            assert not caplog.messages
            quiet.begin()
            await asyncio.sleep(0.03)
        said = len(caplog.messages)
        await asyncio.sleep(0.03)
        assert len(caplog.messages) == said > 0

    asyncio.run(work())
