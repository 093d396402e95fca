"""The audit of a running system: fold, read, compare; what differs is looked at again until it stands still.

Workers go on meanwhile, so tables are read a little later than the log was folded, and a difference may be
work on its way. So what differs is compared again, each time after all that was on its way has been done.
"""

import asyncio
import time

from aiokafka import AIOKafkaConsumer

from streams.audit.compare import Compare
from streams.audit.group import Group
from streams.audit.report import Report
from streams.audit.subjects import subjects
from streams.audit.suspects import Suspects
from streams.audit.system import System
from streams.audit.trust import Trust
from streams.progress import Progress

_PAUSE_S = 1.0
_FEW = 1_000
_ROUNDS = 5


async def audit(system: System, consumer: AIOKafkaConsumer, group: Group, progress: Progress) -> Report:
    """Compare everything, then again what differs. Raises KafkaError."""
    gone = await system.begin(consumer)
    compare = Compare(system.facts, system.live, Trust(system.live, gone, system.sources))
    await _come_abreast(system, consumer, group, progress)
    compare.now = _now()
    suspects = Suspects(compare.check)
    await suspects.look(subjects(system.facts, system.live), progress)

    async def move_on() -> bool:
        telling = system.unfinished()
        passed = await system.passed(consumer, group)
        await asyncio.sleep(_PAUSE_S)
        await system.catch_up(consumer, group, progress)
        compare.now = _now()
        return passed and telling.isdisjoint(system.unfinished())

    await suspects.settle(move_on)
    return Report(
        system.records, suspects.looked_at, suspects.differences, suspects.unsettled, suspects.more, gone
    )


async def _come_abreast(system: System, consumer: AIOKafkaConsumer, group: Group, progress: Progress) -> None:
    """Fold and read until the tables are little ahead of the facts. Reading them takes minutes where they are
    large; what workers did meanwhile would all differ at first, and only so much is looked at again.
    """
    for _ in range(_ROUNDS):
        before = system.records
        await system.catch_up(consumer, group, progress)
        if system.records - before <= _FEW:
            return


def _now() -> int:
    return time.time_ns() // 1_000_000
