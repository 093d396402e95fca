"""Faust's consumer thread, without a thread: it runs in the loop of the app.

A fetch crossed from one thread to the other four times, and each time waited for the interpreter, which the
fold gives up every 5 ms (docs/decisions/017-one-loop.md). Nothing here holds the loop for as long as a
session lasts, so heartbeats need no thread of their own.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

import aiokafka
from aiokafka.errors import IllegalStateError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode.utils.futures import maybe_async

from streams.runtime.records import Record

if TYPE_CHECKING:
    from streams.runtime.app import BatchApp


log = logging.getLogger(__name__)

_LOOK_S = 1.1
_STILL_S = 3.0


class _Inline:
    """What mode takes for the thread of a service."""

    def __init__(self, service: "ConsumerThread") -> None:
        self._service = service

    def start(self) -> None:
        self._serving = asyncio.get_running_loop().create_task(self._service._serve())
        self._serving.add_done_callback(_told)

    def stop(self) -> None:
        """The service has ended by then."""


def _told(serving: "asyncio.Task[None]") -> None:
    """What it ended of mode has told the app, and written down."""
    if not serving.cancelled():
        serving.exception()


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Faust's service around a consumer, which the app sets up."""

    Worker: Any = _Inline

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        app = cast("BatchApp", self.consumer.app)
        # Without tables of its own Faust would take an assignor that does not co-partition.
        self._assignor = app.assignor
        return app.new_group_consumer(self._assignor)

    async def on_start(self) -> None:
        """Start the consumer, unless told to stop: it may have to wait for brokers."""
        await self.wait(super().on_start())

    async def _keepalive2(self) -> None:
        """Say when the loop stood still; Faust would speak of a thread that does not respond."""
        while not self.should_stop:
            due = monotonic() + _LOOK_S
            await self.sleep(_LOOK_S)
            if (still := monotonic() - due) > _STILL_S:
                log.warning(
                    "nothing ran for %.0f s: the process was paused, or its machine is too busy", still
                )

    async def on_thread_started(self) -> None:
        """Nothing waits in a queue: see `call_thread`."""

    async def call_thread(self, fun: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Without the queue to another thread."""
        return await maybe_async(fun(*args, **kwargs))

    async def _gather_remaining_tasks(self) -> None:
        """Those of the loop are not of this service alone."""

    async def _fetch_records(
        self,
        consumer: aiokafka.AIOKafkaConsumer,
        active_partitions: set[TP],
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> Mapping[TP, list[Record]]:
        """Fetch; what comes while a rebalance suspends the flow stays where it is, to be fetched again.

        aiokafka goes on with a fetch over a rebalance. Its records may then lie beyond the new positions, and
        nobody takes them yet.
        """
        fetched: Mapping[TP, list[Record]]
        fetched = await super()._fetch_records(consumer, active_partitions, timeout, max_records)
        if self.consumer.flow_active:
            return fetched
        for tp, records in fetched.items():
            with suppress(IllegalStateError):  # assigned no more
                consumer.seek(tp, records[0].offset)
        return {}
