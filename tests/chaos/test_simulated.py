"""The simulated schedules find what they are there to find: each test breaks the runtime in one way."""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import replace

import pytest

from streams.runtime.at_least_once import AtLeastOnce
from streams.runtime.exactly_once import ExactlyOnce
from streams.runtime.records import Effects
from streams.runtime.saving import StateLater, StoreLater
from streams.runtime.state_once import StateOnce
from streams.runtime.task import Task
from tests.chaos.simulated import loop
from tests.chaos.simulated.world import play

WORLDS = 500


def found(exactly_once: bool) -> bool:
    """Whether any of some worlds has a problem."""
    return any(play(seed, exactly_once).problems for seed in range(WORLDS))


def test_one_seed_is_one_world() -> None:
    first, again = play(7, True), play(7, True)
    assert first == again
    assert first.problems == []


def test_what_is_nearly_due_becomes_due() -> None:
    async def wait() -> int:
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(2.5)
        due, turns = math.nextafter(clock(), math.inf), 0
        while clock() < due and turns < 100:
            turns += 1
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), (due - clock()) / 4)
        return turns

    assert loop.run(wait()) < 100


def test_offsets_that_are_not_in_the_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ExactlyOnce.publish

    async def publish(self: ExactlyOnce, effects: Effects) -> Mapping[str, int]:
        positions = await whole(self, replace(effects, offsets={}))
        await whole(self, Effects((), {}, effects.offsets))
        return positions

    monkeypatch.setattr(ExactlyOnce, "publish", publish)
    assert found(exactly_once=True)


def test_decoded_objects_that_outlive_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Task, "reset", lambda self: None)
    assert found(exactly_once=True)


def test_a_zombie_that_takes_its_id_back(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ExactlyOnce.publish

    async def publish(self: ExactlyOnce, effects: Effects) -> Mapping[str, int]:
        await self.open()
        return await whole(self, effects)

    monkeypatch.setattr(ExactlyOnce, "publish", publish)
    assert found(exactly_once=True)


def test_changelogs_without_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    async def publish(self: StateOnce, effects: Effects) -> Mapping[str, int]:
        outputs: AtLeastOnce = self._outputs
        positions = await outputs.publish(replace(effects, offsets={}))
        await self._state.publish(Effects((), {}, effects.offsets))
        return positions

    monkeypatch.setattr(StateOnce, "publish", publish)
    assert found(exactly_once=False)


def test_state_that_is_durable_before_its_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = StateLater.apply

    async def apply(self: StateLater, effects: Effects) -> None:
        await whole(self, replace(effects, outputs=()))
        await self.save()
        await self._commit.publish(Effects(effects.outputs, {}, {}))

    monkeypatch.setattr(StateLater, "apply", apply)
    assert found(exactly_once=False)


def test_a_store_that_says_it_has_what_still_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = StoreLater.apply

    async def apply(self: StoreLater, effects: Effects) -> None:
        await whole(self, effects)
        self._store.write({}, self._positions)

    monkeypatch.setattr(StoreLater, "apply", apply)
    assert found(exactly_once=True)
