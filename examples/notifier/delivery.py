"""Takes messages from the outbox to a channel."""

import asyncio
import logging

from examples.notifier.channels import Channel
from examples.notifier.clock import Clock
from examples.notifier.messages import NotDelivered
from examples.notifier.outbox import Open, Outbox

AT_ONCE = 16
LOOK_S = 1.0

log = logging.getLogger(__name__)


class Delivery:
    """Tries until a message is delivered or too old; one that is set aside is logged and kept a month."""

    def __init__(self, outbox: Outbox, channel: Channel, give_up_after: int, clock: Clock) -> None:
        self._outbox = outbox
        self._channel = channel
        self._give_up_after = give_up_after
        self._clock = clock
        self._look = asyncio.Event()

    def look(self) -> None:
        """There is something new."""
        self._look.set()

    async def run(self) -> None:
        """Deliver for ever."""
        while True:
            while await self.deliver_due():
                pass
            self._look.clear()
            try:
                await asyncio.wait_for(self._look.wait(), LOOK_S)
            except TimeoutError:
                continue  # something may be due again

    async def deliver_due(self) -> int:
        """Try what is due; returns how many messages that were."""
        due = self._outbox.due(self._clock(), AT_ONCE)
        sending = asyncio.gather(*(self._deliver(each) for each in due), return_exceptions=True)
        try:
            await asyncio.shield(sending)
        finally:
            # Also when cancelled: else what arrives would not be noted, and sent again.
            for failure in filter(None, await sending):
                raise failure
        return len(due)

    async def _deliver(self, each: Open) -> None:
        try:
            await self._channel.send(each.message)
        except NotDelivered as why:
            self._failed(each, str(why))
        except Exception as why:  # a message that breaks the channel must not stop the others
            self._failed(each, repr(why))
        else:
            self._outbox.delivered(each, self._clock())

    def _failed(self, each: Open, why: str) -> None:
        now = self._clock()
        if now - each.message.created_at >= self._give_up_after:
            log.error("message %s to %s is set aside: %s", each.message.id, each.message.creator_id, why)
            self._outbox.give_up(each, why, now)
        else:
            log.warning("message %s to %s is tried again: %s", each.message.id, each.message.creator_id, why)
            self._outbox.try_again(each, why, now)
