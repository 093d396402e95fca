"""A consumer that waits for brokers where aiokafka's gives up."""

import asyncio
import logging

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaConnectionError

log = logging.getLogger(__name__)

_PAUSE_S = 2.0


class WaitingConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """A consumer that starts when there is a broker: one may go away after it was asked about topics."""

    async def start(self) -> None:
        while True:
            try:
                await super().start()
                return
            except KafkaConnectionError as error:
                log.warning("no broker answers (%s); waiting", error)
            await asyncio.sleep(_PAUSE_S)
