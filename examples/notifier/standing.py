"""Learns what stands from the compacted `video-status`, and where the changes go on without a gap."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import TopicPartition

from examples.notifier import kafka
from examples.notifier.clock import Clock
from examples.notifier.intake import Intake
from examples.notifier.kafka import Brokers, Positions
from examples.notifier.state import State

log = logging.getLogger(__name__)

BATCH = 500
WAIT_MS = 500


class Standing:
    """One pass over `video-status`. At the very first it counts as told; later, what is new is told."""

    def __init__(self, state: State, intake: Intake, clock: Clock) -> None:
        self._state = state
        self._intake = intake
        self._clock = clock
        self._first = not state.positions()

    async def learn(self, brokers: Brokers, changes: str, status: str) -> None:
        """Read `status` whole; afterwards the state has its position, and that of `changes` from before.

        Changes end at the last stable offset, statuses at the high watermark: a transaction whose changes are
        visible by now may not yet be marked as committed on the partitions of `video-status`.
        """
        positions = await kafka.end_offsets(brokers, changes, "read_committed")
        ends = await kafka.end_offsets(brokers, status, "read_uncommitted")
        with self._state.transaction():
            self._intake.begin_standing()
        log.info("learning what stands from %d partitions", len(ends))
        async with kafka.consumer(brokers) as reader:
            kafka.assign(reader, await reader.beginning_offsets(list(ends)))
            while await kafka.behind(reader, ends):
                self._read(await reader.getmany(timeout_ms=WAIT_MS, max_records=BATCH), ends)
        self._settle(positions | ends)

    def _read(self, batches: Mapping[TopicPartition, Sequence[Any]], ends: Positions) -> None:
        """What comes after the ends is news, for changes to tell; that the video is there, it does say."""
        now = self._clock()
        with self._state.transaction():
            for partition, records in batches.items():
                for record in records:
                    self._intake.note_standing(record)
                    if record.offset < ends[partition]:
                        self._intake.read_standing(record, now, as_told=self._first)

    def _settle(self, positions: Positions) -> None:
        """Positions are kept only now: killed before, it begins anew."""
        with self._state.transaction():
            self._intake.end_standing(self._clock())
            for partition, position in positions.items():
                self._state.set_position(partition.topic, partition.partition, position)
