"""The simulated schedules at their small size, in parts. CHAOS_SEED says where to begin."""

import os

import pytest

from tests.chaos.runner import play
from tests.chaos.scenario import Brokers
from tests.chaos.suite import SCENARIOS

SEED = int(os.environ.get("CHAOS_SEED", "1"))
PARTS = 10
(SCHEDULES,) = (each for each in SCENARIOS if not each.needs_kafka)


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_lost(part: int) -> None:
    worlds = SCHEDULES.small // PARTS
    with Brokers() as brokers:
        outcome = play(SCHEDULES, worlds, SEED + part * worlds, brokers)
    print(outcome)
    assert not outcome.error, outcome.error
    assert {"crashes", "rebalances", "pauses", "packets lost"} <= outcome.figures.keys()
