"""From the outbox to a channel that fails, is slow, or is asked to stop."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.notifier.delivery import Delivery
from examples.notifier.messages import Message, NotDelivered
from examples.notifier.outbox import RETRY_FIRST, RETRY_MOST
from examples.notifier.rules import DAY
from tests.notifier.support import EXPIRED, REJECTED, SOON, Notifier, link


class Scripted:
    """A channel that does what the test says."""

    def __init__(self, do: Callable[[Message], None] = lambda message: None) -> None:
        self.do = do
        self.slow = ""
        self.sent: list[str] = []

    async def send(self, message: Message) -> None:
        await asyncio.sleep(0.01 if message.creator_id == self.slow else 0)
        self.do(message)
        self.sent.append(f"{message.creator_id} {message.subject}")

    async def close(self) -> None:
        pass


class Setup:
    """Two creators, c1 with two messages."""

    def __init__(self, notifier: Notifier) -> None:
        self.notifier = notifier
        self.channel = Scripted()
        self.delivery = Delivery(notifier.outbox, self.channel, 3 * DAY, lambda: notifier.now)
        notifier.change(link("p1", REJECTED))
        self._write()
        notifier.change(link("p1", REJECTED, EXPIRED))
        notifier.change(link("p2"), video="v2", creator_id="c2")
        self._write()

    def deliver(self, after: int = 0) -> list[str]:
        self.notifier.now += after
        self.channel.sent.clear()
        while asyncio.run(self.delivery.deliver_due()):
            pass
        return self.channel.sent

    def _write(self) -> None:
        self.notifier.now += SOON
        self.notifier.desk.write(self.notifier.now)


FIRST, SECOND = "c1 1 product link needs attention", "c1 1 product link needs attention"
OTHER = "c2 1 product link was approved"


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return Setup(Notifier(tmp_path))


def refuse(creator_id: str, why: Exception | None = None) -> Callable[[Message], None]:
    def do(message: Message) -> None:
        if message.creator_id == creator_id:
            raise why or NotDelivered("no such door")

    return do


def test_everything_is_delivered_once_in_order(setup: Setup) -> None:
    assert setup.deliver() == [FIRST, OTHER, SECOND]
    assert setup.deliver(after=DAY) == []


def test_a_message_that_fails_is_tried_again_and_none_overtakes_it(setup: Setup) -> None:
    setup.channel.do = refuse("c1")
    assert setup.deliver() == [OTHER]
    assert setup.deliver(after=RETRY_FIRST) == []
    setup.channel.do = lambda message: None
    assert setup.deliver(after=2 * RETRY_FIRST - 1) == []
    assert setup.deliver(after=1) == [FIRST, SECOND]


def test_waits_between_tries_grow_to_a_bound(setup: Setup) -> None:
    setup.channel.do = refuse("c1")
    waits = []
    for _ in range(15):
        setup.deliver()
        [(next_at,)] = setup.notifier.state.db.execute("SELECT MIN(next_at) FROM outbox WHERE attempts > 0")
        waits.append(next_at - setup.notifier.now)
        setup.notifier.now = next_at
    assert waits[:3] == [RETRY_FIRST, 2 * RETRY_FIRST, 4 * RETRY_FIRST]
    assert waits[-1] == RETRY_MOST


def test_a_message_that_cannot_be_delivered_is_set_aside_with_its_reason(
    setup: Setup, caplog: pytest.LogCaptureFixture
) -> None:
    setup.channel.do = refuse("c1")
    setup.deliver()
    setup.deliver(after=3 * DAY)
    rows = setup.notifier.state.db.execute(
        "SELECT creator_id, failure FROM outbox WHERE done_at IS NOT NULL AND failure IS NOT NULL"
    ).fetchall()
    assert rows == [("c1", "no such door")] * 2
    assert caplog.text.count("is set aside: no such door") == 2


def test_a_message_that_breaks_the_channel_is_tried_again_and_stops_no_other(setup: Setup) -> None:
    setup.channel.do = refuse("c1", IndexError("out of range"))
    assert setup.deliver() == [OTHER]
    failures = setup.notifier.state.db.execute("SELECT failure FROM outbox WHERE attempts = 1").fetchall()
    assert failures == [("IndexError('out of range')",)]
    setup.channel.do = lambda message: None
    assert setup.deliver(after=RETRY_FIRST) == [FIRST, SECOND]


def test_what_cannot_be_noted_of_one_ends_it_when_the_others_are_noted(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("disk full")

    setup.channel.do = refuse("c1")
    setup.channel.slow = "c2"
    monkeypatch.setattr(setup.notifier.outbox, "try_again", full)
    with pytest.raises(OSError, match="disk full"):
        setup.deliver()
    assert setup.channel.sent == [OTHER]
    done = setup.notifier.state.db.execute("SELECT creator_id FROM outbox WHERE done_at IS NOT NULL")
    assert done.fetchall() == [("c2",)]


def test_a_restart_resends_only_what_was_not_noted(setup: Setup) -> None:
    setup.deliver()
    setup.notifier.restart()
    delivery = Delivery(setup.notifier.outbox, setup.channel, DAY, lambda: setup.notifier.now)
    assert asyncio.run(delivery.deliver_due()) == 0


def test_what_is_being_sent_when_asked_to_stop_is_noted(setup: Setup) -> None:
    async def stop_while_sending() -> None:
        running = asyncio.create_task(setup.delivery.run())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(stop_while_sending())
    sent = len(setup.channel.sent)
    assert sent > 0
    done = setup.notifier.state.db.execute("SELECT COUNT(*) FROM outbox WHERE done_at IS NOT NULL")
    assert done.fetchone() == (sent,)
