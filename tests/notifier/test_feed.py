"""Without Kafka: it is waited for, and nothing is told."""

import asyncio
from pathlib import Path

import pytest

from examples.notifier import feed
from examples.notifier.feed import Feed
from tests.notifier.support import REJECTED, SOON, Notifier, link


def test_kafka_is_waited_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "PAUSE_S", 0.01)
    notifier = Notifier(tmp_path)
    notifier.change(link("p1", REJECTED))
    notifier.now += SOON
    listening = Feed(
        {"bootstrap_servers": "127.0.0.1:9"},
        "",
        notifier.state,
        notifier.intake,
        notifier.desk,
        lambda: notifier.now,
    )
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(listening.listen(pytest.fail), 1))
    assert caplog.text.count("Kafka is waited for") > 1
    assert notifier.outbox.due(notifier.now, 1) == []
