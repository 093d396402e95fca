"""What brokers say of the topics that an app reads: which there are, and where their partitions end."""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, cast

from aiokafka.errors import KafkaError

from streams.runtime.transport import Consumer

if TYPE_CHECKING:
    from streams.runtime.app import BatchApp

log = logging.getLogger(__name__)

_ASK_S = 2.0


class Repartitioned(Exception):
    """An input topic has fewer partitions than when this worker started. Faust assigns it apart from the
    topics of its step then, so that two workers would have one task.
    """

    def __init__(self, topic: str, now: int, before: int) -> None:
        super().__init__(f"topic {topic} has {now} partitions by now, and had {before}")


class Inputs:
    """Of the `topics` that `app` reads: keeps its lag."""

    def __init__(self, app: "BatchApp", topics: Iterable[str]) -> None:
        self._app = app
        self.missed = Counter(dict.fromkeys(topics, 0))
        """Offsets that were deleted before they were read, by topic."""
        self.grown: Collection[str] = ()
        """What is to be said of topics that got partitions since this worker started: nobody reads these."""

    async def watch(self) -> None:
        """Ask again and again where partitions end, and for topics that are missing, until cancelled."""
        tasks = self._app.tasks
        while True:
            if tasks.running or tasks.restoration.durations.running_s:
                await self._ask_ends()
            if tasks.missing:
                await self.look()
            await asyncio.sleep(_ASK_S)

    async def look(self) -> None:
        """Have the brokers tell which topics there are. Raises Repartitioned."""
        counts = await self._consumer.partition_counts(self.missed)
        before = self._app.partition_counts
        for topic, now in counts.items():
            if 0 < now < before[topic]:
                raise Repartitioned(topic, now, before[topic])
        self.grown = [
            f"topic {topic} has {now} partitions now, and had {before[topic]}: nobody reads the new ones"
            for topic, now in counts.items()
            if now > before[topic]
        ]

    def behind(self, topics: Collection[str]) -> int:
        """How many records of `topics` are left, as far as they were fetched, for tasks that get on."""
        ends = self._consumer.fetched_ends(topics)
        # What is left for a task that waits is no reason to keep others waiting.
        return self._app.lag.behind({tp: end for tp, end in ends.items() if self._app.tasks.gets_on(tp)})

    @property
    def _consumer(self) -> Consumer:
        return cast(Consumer, self._app.consumer)

    async def _ask_ends(self) -> None:
        app, generation = self._app, self._app.consumer_generation_id
        try:
            ends = await self._consumer.ends()
        except (KafkaError, TimeoutError) as error:
            log.debug("asking where partitions end: %r", error)
            app.lag.unanswered()
            app.tasks.restoration.excuse()
        else:
            current = app.tasks.running and app.consumer_generation_id == generation
            known = ends if current else {}
            app.lag.answered(known, self._consumer.fetched_ends({tp.topic for tp in known}))
