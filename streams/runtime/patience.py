"""A task whose topic takes no records waits, says so, and goes on by itself. Why: docs/decisions/009."""

import asyncio
import logging
from collections.abc import Mapping, MutableMapping

from streams.runtime.commit import Commit, Refused
from streams.runtime.records import Effects
from streams.runtime.step import TaskId

log = logging.getLogger(__name__)

_FIRST_S = 1.0
_LONGEST_S = 15.0


class Patient:
    """A commit that publishes again and again what is refused. While it does, `waiting` says why.

    `task_id` is the key in `waiting`, which the tasks of a worker share.
    """

    def __init__(self, commit: Commit, task_id: TaskId, waiting: MutableMapping[TaskId, str]) -> None:
        self._commit = commit
        self._task_id = task_id
        self._waiting = waiting
        self._fields = dict(zip(("step", "partition"), task_id, strict=True))

    async def open(self) -> None:
        await self._commit.open()

    async def publish(self, effects: Effects) -> Mapping[str, int]:
        pause = _FIRST_S
        try:
            while True:
                try:
                    positions = await self._commit.publish(effects)
                except Refused as refused:
                    self._say(str(refused))
                else:
                    if self._task_id in self._waiting:
                        log.warning("%s-%d goes on", *self._task_id, extra=self._fields)
                    return positions
                await self._commit.retake()
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_S)
        finally:
            self._waiting.pop(self._task_id, None)

    async def retake(self) -> None:
        await self._commit.retake()

    def finished(self, effects: Effects) -> None:
        self._commit.finished(effects)

    async def close(self) -> None:
        await self._commit.close()

    def _say(self, why: str) -> None:
        if self._waiting.get(self._task_id) != why:
            log.error("%s-%d waits, nothing is lost: %s", *self._task_id, why, extra=self._fields)
        self._waiting[self._task_id] = why
