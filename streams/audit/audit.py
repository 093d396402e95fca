"""The audit of a running system: fold, read, compare; what differs is looked at again until it stands still.

Workers go on meanwhile, so tables are read a little later than the log was folded, and a difference may be
work on its way. So what differs is compared again, each time after all that was on its way has been done:
three times, for a rerouted record takes three hops (repartition, subscription, response).
"""

import asyncio
import time
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer

from streams.audit.compare import Compare
from streams.audit.differences import Difference, Subject
from streams.audit.group import Group
from streams.audit.report import Report
from streams.audit.subjects import subjects
from streams.audit.system import System
from streams.audit.trust import Trust
from streams.progress import Progress

_MOST = 10_000
_ROUNDS = 8
_SAME = 3
_PAUSE_S = 1.0
_BREATH = 1_000


class _Suspect(NamedTuple):
    """What differs, and in how many rounds it did so just like this."""

    differences: list[Difference]
    rounds: int = 1


async def audit(system: System, consumer: AIOKafkaConsumer, group: Group, progress: Progress) -> Report:
    """Compare everything, then again what differs. Raises KafkaError."""
    gone = await system.begin(consumer)
    compare = Compare(system.facts, system.live, Trust(system.live, gone))
    await system.catch_up(consumer, group, progress)
    progress.stage("comparing")
    number, suspects = await _all(system, compare, progress)
    more = len(suspects) >= _MOST
    for _ in range(_ROUNDS):
        if all(suspect.rounds >= _SAME for suspect in suspects.values()):
            break
        telling = system.unfinished()
        passed = await system.passed(consumer, group)
        await asyncio.sleep(_PAUSE_S)
        await system.catch_up(consumer, group, progress)
        suspects = _again(suspects, compare, passed and telling.isdisjoint(system.unfinished()))
    settled = [suspect for suspect in suspects.values() if suspect.rounds >= _SAME]
    found = [difference for suspect in settled for difference in suspect.differences]
    return Report(system.records, number, found, len(suspects) - len(settled), more, gone)


async def _all(system: System, compare: Compare, progress: Progress) -> tuple[int, dict[Subject, _Suspect]]:
    """How many subjects there are (or were, until too many differed), and those that differ."""
    compare.now = _now()
    suspects: dict[Subject, _Suspect] = {}
    number = 0
    for subject in subjects(system.facts, system.live):
        number += 1
        progress.step()
        if number % _BREATH == 0:
            await asyncio.sleep(0)  # or SIGTERM would not be heard
        if differences := compare.check(subject):
            suspects[subject] = _Suspect(differences)
            if len(suspects) >= _MOST:
                break
    return number, suspects


def _again(suspects: dict[Subject, _Suspect], compare: Compare, passed: bool) -> dict[Subject, _Suspect]:
    """Those that still differ. A round counts only when all that was on its way has passed."""
    compare.now = _now()
    found = {}
    for subject, before in suspects.items():
        if differences := compare.check(subject):
            same = passed and differences == before.differences
            found[subject] = _Suspect(differences, before.rounds + 1 if same else 1)
    return found


def _now() -> int:
    return time.time_ns() // 1_000_000
