"""The fault suite at its small size, on real brokers. CHAOS_SEED replays a run."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.chaos.runner import Outcome, play
from tests.chaos.scenario import Brokers
from tests.chaos.suite import SCENARIOS
from tests.conftest import need_kafka

SEED = int(os.environ.get("CHAOS_SEED", "1"))
# Much of a scenario is waiting: for sessions to end, for workers to start.
JOBS = 3
ON_KAFKA = {each.name: each for each in SCENARIOS if each.needs_kafka}

Outcomes = Mapping[str, "Future[Outcome]"]


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> Iterator[Outcomes]:
    """What comes of each scenario that is to be tested; they run side by side."""
    tests = {item.name for item in request.session.items}
    chosen = [each for name, each in ON_KAFKA.items() if f"test_nothing_is_lost[{name}]" in tests]
    with Brokers() as brokers:
        need_kafka()
        _ = brokers.shared  # whose process lives as long as the thread that starts it
        pool = ThreadPoolExecutor(JOBS)
        yield {each.name: pool.submit(play, each, each.small, SEED, brokers) for each in chosen}
        pool.shutdown(cancel_futures=True)


@pytest.mark.kafka
@pytest.mark.parametrize("name", ON_KAFKA)
def test_nothing_is_lost(name: str, outcomes: Outcomes) -> None:
    outcome = outcomes[name].result()
    print(outcome)
    assert not outcome.error, outcome.error
