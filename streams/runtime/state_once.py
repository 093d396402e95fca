"""At least once with state that is never torn: only outputs may be repeated (why: docs/decisions/014)."""

from collections.abc import Mapping
from dataclasses import replace

from streams.runtime.at_least_once import AtLeastOnce
from streams.runtime.exactly_once import ExactlyOnce
from streams.runtime.records import Effects


class StateOnce:
    """Outputs acknowledged, then changelogs and input offsets in one transaction.

    What is folded is folded once: a crash in between repeats outputs, as at least once allows. Changelogs are
    several partitions, which nothing but a transaction writes all or none of.
    """

    def __init__(self, outputs: AtLeastOnce, state: ExactlyOnce) -> None:
        self._outputs = outputs
        self._state = state

    async def open(self) -> None:
        await self._state.open()
        await self._outputs.open()

    async def publish(self, effects: Effects) -> Mapping[str, int]:
        if effects.outputs:
            await self._outputs.publish(replace(effects, changelog={}, offsets={}))
        if not effects.offsets and not any(effects.changelog.values()):
            return {}
        return await self._state.publish(replace(effects, outputs=()))

    async def retake(self) -> None:
        await self._outputs.retake()
        await self._state.retake()

    def finished(self, effects: Effects) -> None:
        return None

    async def close(self) -> None:
        await self._outputs.close()
        await self._state.close()
