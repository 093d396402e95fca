"""Reads the topics from where the state says, and has the desk write when all is heard that was published.

There is no consumer group: positions are in the state file, in the transaction with what the records did, and
one process reads all partitions, because a creator's videos lie on several.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from examples.notifier import kafka
from examples.notifier.clock import Clock
from examples.notifier.desk import Desk
from examples.notifier.intake import Intake
from examples.notifier.kafka import Brokers
from examples.notifier.standing import BATCH, WAIT_MS, Standing
from examples.notifier.state import State

PAUSE_S = 1.0

log = logging.getLogger(__name__)


class Feed:
    """`video-status-changes` for what happens, `video-status` for titles and contacts."""

    def __init__(
        self, brokers: Brokers, prefix: str, state: State, intake: Intake, desk: Desk, clock: Clock
    ) -> None:
        self._brokers = brokers
        self._topics = (f"{prefix}video-status-changes", f"{prefix}video-status")
        self._state = state
        self._intake = intake
        self._desk = desk
        self._clock = clock

    async def listen(self, wrote: Callable[[], None]) -> None:
        """Read for ever; call `wrote` when there is something new in the outbox. An outage is waited for.

        While Kafka is away nothing that waits is told: it may be over.
        """
        while True:
            try:
                if not self._state.positions():
                    await self._learn()
                await self._follow(wrote)
            except OffsetOutOfRangeError as gone:
                log.warning("records were deleted before they were read, so video-status is: %s", gone)
                await self._learn()
            except KafkaError as error:
                log.warning("Kafka is waited for: %r", error)
                await asyncio.sleep(PAUSE_S)

    async def _learn(self) -> None:
        await Standing(self._state, self._intake, self._clock).learn(self._brokers, *self._topics)

    async def _follow(self, wrote: Callable[[], None]) -> None:
        async with kafka.consumer(self._brokers) as reader:
            positions = self._state.positions()
            kafka.assign(reader, {TopicPartition(*each): offset for each, offset in positions.items()})
            log.info("listening to %d partitions", len(positions))
            while True:
                heard = await self._hear(reader)
                if self._desk.write(heard):
                    wrote()
                self._desk.forget(heard)
                self._read(await reader.getmany(timeout_ms=WAIT_MS, max_records=BATCH))

    async def _hear(self, reader: AIOKafkaConsumer) -> int:
        """Read all that is published by now; returns when that was."""
        now = self._clock()
        await self._take_new_partitions(reader)
        ends = await reader.end_offsets(reader.assignment())
        while await kafka.behind(reader, ends):
            self._read(await reader.getmany(timeout_ms=WAIT_MS, max_records=BATCH))
        return now

    def _read(self, batches: Mapping[TopicPartition, Sequence[Any]]) -> None:
        """Records, and the positions after them, in one transaction."""
        if not batches:
            return
        now = self._clock()
        with self._state.transaction():
            for partition, records in batches.items():
                read = (
                    self._intake.read_change
                    if partition.topic == self._topics[0]
                    else self._intake.read_title
                )
                for record in records:
                    read(record, now)
                self._state.set_position(partition.topic, partition.partition, records[-1].offset + 1)

    async def _take_new_partitions(self, reader: AIOKafkaConsumer) -> None:
        """Partitions that were added to a topic are read from their beginning."""
        there = {
            TopicPartition(topic, number)
            for topic in self._topics
            for number in reader.partitions_for_topic(topic) or ()
        }
        if there - reader.assignment():
            kafka.assign(reader, dict.fromkeys(there, 0) | await kafka.current(reader))
