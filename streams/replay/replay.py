"""Fold anew, compare, and look again at what differs until it stands still, as the audit does.

The live workers go on, and those of the replay follow them, so a difference may be work on its way: it counts
when it was the same three times, each after both had worked off all that was there.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from streams.audit.differences import Difference, Subject, differences
from streams.audit.group import Group, passed
from streams.audit.kept import Place
from streams.audit.live import Live
from streams.audit.report import Gone, Report
from streams.audit.suspects import Suspects
from streams.audit.tables import STATUS
from streams.progress import Progress
from streams.runtime.restore import NewReader

_PAUSE_S = 0.5


class Side(NamedTuple):
    """A deployment: how far its workers are, all that they read, and what video-status they published."""

    group: Group
    inputs: Sequence[TopicPartition]
    statuses: Live


class Replay:
    """One replay, whose workers are running."""

    def __init__(
        self,
        live: Side,
        shadow: Side,
        consumer: AIOKafkaConsumer,
        new_reader: NewReader,
        check_workers: Callable[[], None],
        progress: Progress,
    ) -> None:
        """`check_workers` raises when one of the replay's has ended."""
        self._live = live
        self._shadow = shadow
        self._consumer = consumer
        self._new_reader = new_reader
        self._check_workers = check_workers
        self._progress = progress

    async def run(self, sources: Sequence[TopicPartition]) -> Report:
        """Wait until `sources` are folded as far as they are there now, then compare. Raises KafkaError.

        `expected` of a difference is what the replay made.
        """
        starts = await self._consumer.beginning_offsets(sources)
        ends = await self._consumer.end_offsets(sources)
        gone = [Gone(tp.topic, tp.partition, first) for tp, first in sorted(starts.items()) if first]
        records = await self._folded(starts, ends)
        # To read all statuses takes a while, in which live ones go on; what came meanwhile does not.
        await self._refresh()
        await self._passed(self._shadow)
        await self._refresh()
        suspects = Suspects(self._differences)
        await suspects.look(self._places(), self._progress)
        await suspects.settle(self._move_on)
        return Report(
            records, suspects.looked_at, suspects.differences, suspects.unsettled, suspects.more, gone
        )

    async def _folded(self, starts: dict[TopicPartition, int], ends: dict[TopicPartition, int]) -> int:
        """Wait until the replay's workers are where `ends` are; returns how many offsets that was."""
        total = sum(ends[tp] - first for tp, first in starts.items())
        self._progress.stage("folding the log anew", total)
        done = 0
        while done < total:
            self._check_workers()
            committed = await self._shadow.group.committed(ends)
            reached = sum(max(0, min(committed[tp], ends[tp]) - first) for tp, first in starts.items())
            self._progress.step(reached - done)
            done = reached
            await asyncio.sleep(_PAUSE_S)
        return total

    async def _move_on(self) -> bool:
        done = await self._passed(self._live) and await self._passed(self._shadow)
        await self._refresh()
        return done

    def _places(self) -> Iterator[Place]:
        """Both sides have as many partitions, so a status belongs to the same place on both."""
        live, shadow = self._live.statuses, self._shadow.statuses
        yield from live.places(STATUS)
        yield from (place for place in shadow.places(STATUS) if live.at(STATUS, place) is None)

    def _differences(self, place: Place) -> list[Difference]:
        live, made = (_without_own(side.statuses.at(STATUS, place)) for side in (self._live, self._shadow))
        creator = next((body["creator_id"] for body in (live, made) if isinstance(body, dict)), "")
        subject = Subject("video", (creator, place.key.decode(errors="backslashreplace")))
        at_home = self._live.statuses.at_home(STATUS, place)
        where = "" if at_home else f"on partition {place.partition}, not its own,"
        return list(differences(subject, STATUS, live, made, where))

    async def _refresh(self) -> None:
        for side in (self._live, self._shadow):
            await side.statuses.refresh(self._new_reader)

    async def _passed(self, side: Side) -> bool:
        """Wait until its workers have processed what is there now; False if they do not."""
        ends = await self._consumer.end_offsets(side.inputs)
        return await passed(side.group, ends, self._check_workers)


def _without_own(body: dict[str, Any] | str | None) -> dict[str, Any] | str | None:
    """A status, if it is one, without what depends on when, and after how many changes, it was made."""
    if not isinstance(body, dict):
        return body
    return {name: value for name, value in body.items() if name not in ("version", "updated_at")}
