"""Bring stores up to date with their changelogs, in bulk."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from streams.runtime.durations import Durations
from streams.runtime.store import Store

log = logging.getLogger(__name__)

_POLL_MS = 200
_CHUNK_RECORDS = 20_000
# What a transaction leaves behind its records.
_MARKER = 1

NewReader = Callable[[], AIOKafkaConsumer]
"""Makes an unstarted consumer without a group that reads committed records."""


class Changelog(NamedTuple):
    """A changelog partition and the table that it restores."""

    topic: str
    partition: int
    table: str
    store: Store


class Restorations:
    """How restorations get on: records restored in all, and offsets that the one under way has yet to do."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.restored = 0
        self.remaining = 0
        self.durations = Durations(clock)
        self._clock = clock
        self._moved_at = -math.inf

    def left(self, offsets: int) -> None:
        """So many are yet to do."""
        if offsets != self.remaining:
            self.excuse()
        self.remaining = offsets

    def excuse(self) -> None:
        """It gets on, or could not: it has its time anew."""
        self._moved_at = self._clock()

    @property
    def still_s(self) -> float:
        """For how long the restoration under way has stood still; 0 where there is none."""
        return min(self.durations.running_s, self._clock() - self._moved_at)


async def restore(
    changelogs: Iterable[Changelog], new_reader: NewReader, restorations: Restorations | None = None
) -> set[Store]:
    """Replay into each store what its changelogs hold beyond it; returns the stores that changed.

    Ends by position, not by a record at the high watermark, which a compacted or transactional changelog may
    not hold. A store that cannot have come from its changelog (ahead of its end, or behind its beginning), or
    was away for too long, is restored from scratch. Raises KafkaError.
    """
    by_partition = {TopicPartition(log.topic, log.partition): log for log in changelogs}
    if not by_partition:
        return set()
    reader = new_reader()
    try:
        await reader.start()
        reader.assign(list(by_partition))
        beginnings = await reader.beginning_offsets(by_partition)
        ends = await reader.end_offsets(by_partition)
        changed = _wipe_unusable(by_partition, beginnings, ends)
        stores = {changelog.store for changelog in by_partition.values()}
        for store in stores:
            store.begin_restoration()
        behind = _seek(reader, by_partition, beginnings, ends)
        await _replay(reader, by_partition, behind, changed, restorations or Restorations())
        for store in stores:
            store.end_restoration()
        return changed
    finally:
        await reader.stop()


def _wipe_unusable(
    changelogs: dict[TopicPartition, Changelog],
    beginnings: dict[TopicPartition, int],
    ends: dict[TopicPartition, int],
) -> set[Store]:
    wiped = set()
    for tp, changelog in changelogs.items():
        unusable = _why_unusable(changelog, beginnings[tp], ends[tp])
        if unusable:
            level, why = unusable
            log.log(level, "%s: state %s: restoring from scratch", changelog.store.path, why)
            changelog.store.wipe()
            wiped.add(changelog.store)
    return wiped


def _why_unusable(changelog: Changelog, beginning: int, end: int) -> tuple[int, str] | None:
    topic, partition, _, store = changelog
    position = store.position(topic)
    if position is None:
        return None
    if not beginning <= position <= end:
        where = f"at offset {position} is not from {topic}-{partition}, which holds {beginning} to {end}"
        return logging.ERROR, f"{where} (made anew? what it lacks is lost, see docs/runbook.md)"
    if position + _MARKER < end and store.outdated:
        where = f"at offset {position} of {topic}-{partition}"
        return logging.WARNING, f"{where} is so old that deletions since may be gone"
    return None


def _seek(
    reader: AIOKafkaConsumer,
    changelogs: dict[TopicPartition, Changelog],
    beginnings: dict[TopicPartition, int],
    ends: dict[TopicPartition, int],
) -> dict[TopicPartition, int]:
    """Go to what each store lacks; returns the ends of those that lack something. The others are paused."""
    behind = {}
    for tp, changelog in changelogs.items():
        start = changelog.store.position(changelog.topic)
        start = beginnings[tp] if start is None else start
        reader.seek(tp, start)
        if start < ends[tp]:
            behind[tp] = ends[tp]
    reader.pause(*(changelogs.keys() - behind.keys()))
    return behind


async def _replay(
    reader: AIOKafkaConsumer,
    changelogs: dict[TopicPartition, Changelog],
    behind: dict[TopicPartition, int],
    changed: set[Store],
    restorations: Restorations,
) -> None:
    """Read until the position of every partition in `behind` has reached its end."""
    while behind:
        chunks = await reader.getmany(*behind, timeout_ms=_POLL_MS, max_records=_CHUNK_RECORDS)
        if not chunks:
            await _check_ends(reader, behind)
        for tp, records in chunks.items():
            changelog = changelogs[tp]
            writes = [(record.key, record.value) for record in records]
            changelog.store.write({changelog.table: writes}, {changelog.topic: records[-1].offset + 1})
            changed.add(changelog.store)
            restorations.restored += len(records)
            # What was fetched comes without waiting, and that may be all: probes and heartbeats would wait.
            await asyncio.sleep(0)
        left = 0
        for tp in list(behind):
            # A position also moves over aborted records and markers, which are never handed out.
            position = await reader.position(tp)
            left += max(0, behind[tp] - position)
            if position >= behind[tp]:
                changelogs[tp].store.write({}, {tp.topic: position})
                reader.pause(tp)
                del behind[tp]
        restorations.left(left)


async def _check_ends(reader: AIOKafkaConsumer, behind: dict[TopicPartition, int]) -> None:
    """Raise KafkaError if a changelog has no such end any more: it was deleted and made anew meanwhile."""
    ends = await reader.end_offsets(behind)
    for tp, end in behind.items():
        if ends[tp] < end:
            raise KafkaError(f"{tp.topic}-{tp.partition} was made anew: it ends at {ends[tp]}, not at {end}")
