"""What Faust does when partitions were assigned: restore state, then go on from the committed offsets."""

import asyncio
import logging
from typing import TYPE_CHECKING

from aiokafka.errors import IllegalStateError, KafkaError
from aiokafka.structs import TopicPartition
from faust.tables import manager
from faust.types import TP

from streams.runtime.cancelling import cancelled
from streams.runtime.connection import FORBIDDEN

if TYPE_CHECKING:
    from streams.runtime.app import BatchApp

log = logging.getLogger(__name__)

_RETRY_S = 1.0


class TableManager(manager.TableManager):
    """Stands in for Faust's table manager and its recovery (why: docs/decisions/002).

    Partitions are read only when every task's state is restored.
    """

    app: "BatchApp"
    _resuming: "asyncio.Future[None] | None" = None

    async def on_start(self) -> None:
        """Tables are known from the topology: there is nothing to wait for."""
        self._tables_finalized.set()
        self._tables_registered.set()

    async def on_stop(self) -> None:
        """Stop a resumption that is under way, and the fetcher."""
        self._cancel()
        await self.app._fetcher.stop()

    def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """A rebalance begins: what the last one started is moot."""
        self._cancel()

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """A rebalance ended: take over in the background, so that the group is not held up."""
        self._cancel()
        self._resuming = self.add_future(self._resume(assigned, generation_id))

    def _cancel(self) -> None:
        if self._resuming is not None:
            self._resuming.cancel()
            self._resuming = None

    async def _resume(self, assigned: set[TP], generation_id: int) -> None:
        app, consumer = self.app, self.app.consumer
        try:
            await app.inputs.look()
            if not await app.tasks.open([TopicPartition(*tp) for tp in assigned]):
                return
            if assigned:
                await self._seek_to_committed()
        except IllegalStateError:
            return  # another rebalance has begun
        except Exception as error:
            await app.crash(error)
            return
        # A cancellation may also have met the answer, and be lost.
        if cancelled() or app.consumer_generation_id != generation_id:
            return
        if app.tasks.missing:
            log.error("not there, so that nothing is read of it: %s", ", ".join(app.tasks.missing))
        await app.on_rebalance_complete.send()
        app.tasks.start()
        consumer.resume_partitions(assigned)
        app.flow_control.resume()
        consumer.resume_flow()
        await app._fetcher.maybe_start()
        self.on_actives_ready()
        self.on_standbys_ready()
        app.on_rebalance_end()
        log.info("reading", extra={"partitions": len(assigned), "generation": generation_id})

    async def _seek_to_committed(self) -> None:
        while True:
            try:
                await self.app.consumer.perform_seek()
                return
            except (IllegalStateError, *FORBIDDEN):
                raise
            except KafkaError as error:
                log.warning("reading committed offsets: %r, trying again", error)
                await asyncio.sleep(_RETRY_S)
