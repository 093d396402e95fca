"""What the probes say, and of what they do not say that a new start would help."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.structs import TopicPartition

from streams.health import WorkerHealth
from streams.runtime.lag import Lag
from streams.runtime.restore import Restorations
from tests.metrics.test_lag import Times

T = TopicPartition("video-links", 3)
PATIENCE_S = 120.0
SESSION_S = 10.0


class Tasks(SimpleNamespace):
    """The tasks of a worker, as far as probes look."""

    def __init__(self, times: Times) -> None:
        restoration = Restorations(lambda: times.seconds)
        super().__init__(
            running=True, waiting={}, missing=(), step_of=lambda topic: "links", restoration=restoration
        )

    def __len__(self) -> int:
        return 2


class Worker:
    """One that has a record to process."""

    def __init__(self) -> None:
        self.times = Times()
        self.tasks = Tasks(self.times)
        self.lag = Lag(self.times, lambda: self.times.seconds)
        self.ceiling = SimpleNamespace(reached=None)
        self.inputs = SimpleNamespace(grown=())
        app = SimpleNamespace(tasks=self.tasks, lag=self.lag, inputs=self.inputs)
        self.absence = SimpleNamespace(refused=None, outdated=False)
        self.health = WorkerHealth(
            cast(Any, app), cast(Any, self.ceiling), cast(Any, self.absence), PATIENCE_S, SESSION_S
        )
        self.lag.begin({T: 5})
        self.lag.answered({T: 6})


@pytest.fixture
def worker() -> Worker:
    return Worker()


def test_it_lives_while_it_has_been_waiting_for_less(worker: Worker) -> None:
    worker.times.move(PATIENCE_S)
    assert worker.health.live() == (True, "2 tasks get on with what there is")
    assert worker.health.stalled_s == PATIENCE_S


def test_it_does_not_live_when_nothing_is_finished(worker: Worker) -> None:
    worker.times.move(PATIENCE_S + 1)
    assert worker.health.live() == (
        False,
        "1 records of video-links-3 wait, and none was finished for 121 s",
    )
    assert worker.health.ready().ok, "it reads; that it does not get on is another question"


def test_brokers_that_are_away_are_waited_for(worker: Worker) -> None:
    worker.times.move(PATIENCE_S + 1)
    worker.lag.unanswered()
    worker.times.move(50)
    assert worker.health.live() == (True, "brokers have not answered for 50 s; they are waited for")


def test_without_brokers_for_longer_than_a_session_it_is_not_ready(worker: Worker) -> None:
    worker.lag.unanswered()
    worker.times.move(SESSION_S)
    assert worker.health.ready().ok
    worker.times.move(1)
    assert worker.health.ready() == (False, "brokers have not answered for 11 s; they are waited for")


def test_brokers_that_refuse_it_are_told_from_those_that_are_away(worker: Worker) -> None:
    worker.lag.unanswered()
    worker.times.move(50)
    worker.absence.refused = "LINK_STATUS_SASL_PASSWORD: …"
    why = "they do not let this worker in (see its log)"
    told = f"brokers have not answered for 50 s: {why}; they are waited for"
    assert (worker.health.live(), worker.health.ready()) == ((True, told), (False, told))


def test_what_a_new_start_would_be_let_in_with_is_worth_one(worker: Worker) -> None:
    worker.lag.unanswered()
    worker.times.move(50)
    worker.absence.refused, worker.absence.outdated = "LINK_STATUS_SASL_PASSWORD: …", True
    live = worker.health.live()
    assert not live.ok and live.reason.endswith("(see its log); a new start would help")


def test_restoring_state_is_no_standstill(worker: Worker) -> None:
    worker.times.move(PATIENCE_S + 1)
    worker.tasks.running = False
    assert worker.health.live() == (True, "state is being restored, or a rebalance is under way")
    assert worker.health.ready() == (False, "state is being restored, or a rebalance is under way")
    assert worker.health.stalled_s == 0


def test_a_restoration_lives_while_something_comes(worker: Worker) -> None:
    worker.tasks.running = False
    restoration = worker.tasks.restoration
    restoration.durations.begin()
    for left in (200, 100):
        worker.times.move(PATIENCE_S)
        assert worker.health.live().ok
        restoration.left(left)
    worker.times.move(PATIENCE_S)
    restoration.left(100)
    worker.times.move(1)
    assert worker.health.live() == (False, "state is being restored, and nothing came for 121 s")
    restoration.excuse()
    assert worker.health.live().ok
    worker.times.move(PATIENCE_S + 1)
    restoration.durations.end()
    assert worker.health.live().ok


def test_a_topic_that_takes_no_records_is_waited_for(worker: Worker) -> None:
    worker.times.move(PATIENCE_S + 1)
    worker.tasks.waiting = {("links", 3): "dead-letters: is not there"}
    assert worker.health.live() == (True, "links-3 waits: dead-letters: is not there")
    assert worker.health.ready() == (False, "links-3 waits: dead-letters: is not there")
    assert worker.health.stalled_s == 0


def test_without_a_topic_that_it_should_read_it_is_not_ready(worker: Worker) -> None:
    worker.tasks.missing = ["inventory", "moderation"]
    assert worker.health.ready() == (False, "not there, so that nothing is read of it: inventory, moderation")
    assert worker.health.live().ok


def test_with_partitions_that_nobody_reads_it_is_not_ready(worker: Worker) -> None:
    worker.inputs.grown = ["topic inventory has 12 partitions now, and had 8: nobody reads the new ones"]
    assert worker.health.ready() == (False, worker.inputs.grown[0])
    assert worker.health.live().ok


def test_another_task_that_waits_excuses_none(worker: Worker) -> None:
    worker.times.move(PATIENCE_S + 1)
    worker.tasks.waiting = {("links", 4): "dead-letters: is not there"}
    assert not worker.health.live().ok


def test_input_that_is_stopped_stays_so_after_a_new_start(worker: Worker) -> None:
    worker.times.move(PATIENCE_S + 1)
    worker.ceiling.reached = "too many"
    assert worker.health.live() == (True, "too many")
    assert worker.health.ready() == (False, "too many")
    assert worker.health.input_stopped
    assert worker.health.stalled_s == 0
