"""A replay from its first topic to its last: what must be there is made, and cleared away again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from streams import admin, reading
from streams.audit.group import group
from streams.audit.live import Live
from streams.audit.report import Report
from streams.progress import Progress
from streams.replay.replay import Replay, Side
from streams.replay.shadow import Shadow
from streams.replay.workers import workers
from streams.runtime.resources import Resources
from streams.runtime.store import Store
from streams.security import connection
from streams.settings import ENV_PREFIX, Settings
from streams.terminated import to_its_end
from streams.topics import Kind, Name, Topics

_MEMORY_BYTES = 64 << 20
_CLEARED_WITHIN_S = 30.0


class Trial(NamedTuple):
    """What is compared: the live deployment, and one of the replay's own that reads the same sources."""

    live: Settings
    shadow: Settings
    directory: Path
    workers: int
    keep: bool

    async def run(self, progress: Progress) -> Report:
        """Fold, compare, clear away. Raises admin.Refused, reading.NoTopic, WorkerEnded, KafkaError."""
        kafka, topics = connection(self.live), self.live.topics()
        counts = await reading.counts(kafka, topics.by_full_name)
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(self._topics(topics, counts))
            running = await stack.enter_async_context(
                workers(self.directory, self.workers, _environment(self.shadow))
            )
            consumer = await stack.enter_async_context(reading.reader(kafka))
            live = await stack.enter_async_context(self._side(self.live, topics, counts))
            shadow = await stack.enter_async_context(self._side(self.shadow, topics, counts))
            replay = Replay(
                live, shadow, consumer, lambda: reading.new_reader(kafka), running.check, progress
            )
            return await replay.run(_places(topics, topics, counts, {Kind.SOURCE}))

    @contextlib.asynccontextmanager
    async def _topics(self, live: Topics, counts: Mapping[str, int]) -> AsyncIterator[None]:
        kafka, shadow = connection(self.live), Shadow(live, self.shadow.topics(), self.shadow.consumer_group)
        await admin.when_there(kafka, shadow.check)
        try:
            await admin.when_there(kafka, lambda client: shadow.create(client, counts))
            yield
        finally:
            await to_its_end(self._clear_away(shadow))

    async def _clear_away(self, shadow: Shadow) -> None:
        if not self.keep:
            await self._remove("topics", shadow.remove)
        await self._remove("group", shadow.forget_group)

    async def _remove(self, what: str, remove: Callable[[AIOKafkaAdminClient], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(_CLEARED_WITHIN_S):
                await admin.when_there(connection(self.live), remove)
        except TimeoutError:
            told = f"{what} {self.shadow.topic_prefix}…: not deleted: no broker answers"
            raise admin.Refused(told) from None

    @contextlib.asynccontextmanager
    async def _side(self, settings: Settings, live: Topics, counts: Mapping[str, int]) -> AsyncIterator[Side]:
        topics, resources = settings.topics(), Resources(_MEMORY_BYTES, _MEMORY_BYTES)
        status = topics.full_name(Name.VIDEO_STATUS)
        statuses = Live(
            lambda name: Store(self.directory / f"{settings.consumer_group}-{name}", resources),
            [],
            status,
            {status: counts[live.full_name(Name.VIDEO_STATUS)]},
        )
        try:
            async with group(connection(settings), settings.consumer_group) as workers_:
                kinds = {Kind.SOURCE, Kind.INTERNAL, Kind.REPARTITION}
                yield Side(workers_, _places(topics, live, counts, kinds), statuses)
        finally:
            statuses.close()


def _places(
    topics: Topics, live: Topics, counts: Mapping[str, int], kinds: Iterable[Kind]
) -> list[TopicPartition]:
    """The partitions of topics of some kinds: each has as many as the live one."""
    return [
        TopicPartition(topics.full_name(topic.name), number)
        for kind in kinds
        for topic in topics.of_kind(kind)
        for number in range(counts[live.full_name(topic.name)])
    ]


def _environment(shadow: Settings) -> dict[str, str]:
    return {
        f"{ENV_PREFIX}TOPIC_PREFIX": shadow.topic_prefix,
        f"{ENV_PREFIX}SOURCE_PREFIX": shadow.source_prefix or "",
    }
