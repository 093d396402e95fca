"""The consumer group: who has which tasks, in which generation."""

import asyncio
from collections.abc import Iterable
from random import Random
from typing import TYPE_CHECKING

from aiokafka.structs import TopicPartition

if TYPE_CHECKING:
    from tests.chaos.simulated.process import Process

_POLL_S = 0.2
_REVOKED_WITHIN_S = 8.0


class Group:
    """Rebalances whenever its members change; a member that does not answer is left out."""

    def __init__(self, tasks: Iterable[tuple[TopicPartition, ...]], chance: Random) -> None:
        self._tasks = list(tasks)
        self._chance = chance
        self.members: list[Process] = []
        self.owners: dict[TopicPartition, Process] = {}
        self._changed = False
        self._rebalancing = False
        self.generation = 0

    def join(self, process: "Process") -> None:
        """A worker started, or a paused one goes on."""
        self.members.append(process)
        self._changed = True

    def leave(self, process: "Process") -> None:
        """A worker's session ended."""
        if process in self.members:
            self.members.remove(process)
            self._changed = True

    def rejoin(self) -> None:
        """A member asks for a new assignment."""
        self._changed = True

    @property
    def stable(self) -> bool:
        """Whether no rebalance is under way or due."""
        return not (self._changed or self._rebalancing)

    def is_member(self, process: "Process", generation: int) -> bool:
        """Whether what `process` says under `generation` counts."""
        return process in self.members and generation == self.generation

    async def coordinate(self) -> None:
        """Rebalance for ever."""
        while True:
            await asyncio.sleep(_POLL_S)
            for process in self.members.copy():
                if not process.responsive:
                    self.leave(process)
            if self._changed and self.members:
                self._changed = False
                self._rebalancing = True
                await self._rebalance()
                self._rebalancing = False

    async def _rebalance(self) -> None:
        asked = self.members.copy()
        revoked = [asyncio.ensure_future(process.revoke()) for process in asked]
        await asyncio.wait(revoked, timeout=_REVOKED_WITHIN_S)
        for process, done in zip(asked, revoked, strict=True):
            if not (done.done() and process.responsive):
                self.leave(process)
        self.generation += 1
        await self._assign([process for process in asked if process in self.members])

    async def _assign(self, members: list["Process"]) -> None:
        shares: dict[Process, list[TopicPartition]] = {process: [] for process in members}
        for task in self._tasks if members else ():
            owner = self._chance.choice(members)
            shares[owner] += task
            self.owners.update(dict.fromkeys(task, owner))
        for process, share in shares.items():
            await process.assign(share, self.generation)
