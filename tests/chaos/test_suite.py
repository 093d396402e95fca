"""The fault suite at a fifth of its small size. CHAOS_SEED replays a run; `make chaos` runs it whole."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.chaos.runner import Outcome, play
from tests.chaos.scenario import Brokers, Scenario
from tests.chaos.suite import SCENARIOS
from tests.conftest import need_kafka

SEED = int(os.environ.get("CHAOS_SEED", "1"))
# Most of a scenario is waiting: for sessions to end, for workers to start.
JOBS = 2
# All of the small size takes nine minutes of two cores.
SHARE = 5

Outcomes = Mapping[str, "Future[Outcome]"]


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> Iterator[Outcomes]:
    """What comes of each scenario that is to be tested; they run side by side."""
    tests = {item.name for item in request.session.items}
    chosen = [each for each in SCENARIOS if f"test_nothing_is_lost[{each.name}]" in tests]
    with Brokers() as brokers:
        need_kafka()
        _ = brokers.shared  # whose process lives as long as the thread that starts it
        pool = ThreadPoolExecutor(JOBS)
        yield {each.name: pool.submit(play, each, _amount(each), SEED, brokers) for each in chosen}
        pool.shutdown(cancel_futures=True)


def _amount(scenario: Scenario) -> int:
    return max(1, scenario.small // SHARE)


def _named(needs_kafka: bool) -> list[str]:
    return [each.name for each in SCENARIOS if each.needs_kafka == needs_kafka]


@pytest.mark.kafka
@pytest.mark.parametrize("name", _named(needs_kafka=True))
def test_nothing_is_lost(name: str, outcomes: Outcomes) -> None:
    outcome = outcomes[name].result()
    print(outcome)
    assert not outcome.error, outcome.error


@pytest.mark.parametrize("name", _named(needs_kafka=False))
def test_nothing_is_lost_without_a_broker(name: str) -> None:
    (scenario,) = (each for each in SCENARIOS if each.name == name)
    with Brokers() as brokers:
        outcome = play(scenario, _amount(scenario), SEED, brokers)
    print(outcome)
    assert not outcome.error, outcome.error
