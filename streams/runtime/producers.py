"""Producers of tasks: how they are made, started and let go of."""

import asyncio
import logging
from collections.abc import Callable

from aiokafka import AIOKafkaProducer
from aiokafka.errors import ProducerClosed
from aiokafka.producer import sender

log = logging.getLogger(__name__)

NewProducer = Callable[[str | None], AIOKafkaProducer]
"""Makes an unstarted producer, transactional where an id is given."""

_ABANDON_S = 1.0

# A transaction that follows the last one at once finds its markers still being written, for 1 to 5 ms.
# aiokafka would wait 20.
sender.BACKOFF_OVERRIDE = 0.002


async def start(producer: AIOKafkaProducer) -> None:
    """Start, or leave nothing behind. Raises KafkaError."""
    try:
        await producer.start()
    except BaseException:
        await stop(producer)
        raise


async def stop(producer: AIOKafkaProducer) -> None:
    """Stop without waiting for brokers: whoever sent by `producer` was answered, or has given up on it."""
    try:
        await asyncio.wait_for(producer.stop(), _ABANDON_S)
    except Exception as error:  # also a failed sender's own, raised again
        log.debug("stopping a producer: %r", error)
        await producer.client.close()
        # Its sender would ask on for ever, and those who wait for its answers would wait.
        if producer._sender.sender_task is not None:
            producer._sender.sender_task.cancel()
        producer._message_accumulator.fail_all(ProducerClosed())
