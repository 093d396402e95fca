"""How far behind a worker is, by a clock that the test moves."""

from collections.abc import Sequence
from typing import NamedTuple

import pytest
from aiokafka.structs import TopicPartition

from streams.metrics import declarations as declared
from streams.metrics.instruments import Instruments
from streams.metrics.readings import MOST_PARTITIONS, read_lag
from streams.runtime.lag import Lag
from streams.runtime.records import Batch, Effects
from tests.support.broker import Stored

T = TopicPartition("t", 0)
U = TopicPartition("u", 0)
NOW = 1_000_000


class Times:
    """Two clocks: milliseconds since the epoch, and seconds from anywhere."""

    def __init__(self) -> None:
        self.ms = NOW

    def __call__(self) -> int:
        return self.ms

    @property
    def seconds(self) -> float:
        return self.ms / 1000

    def move(self, seconds: float) -> None:
        self.ms += int(seconds * 1000)


class Worker(NamedTuple):
    lag: Lag
    times: Times

    def done(self, tp: TopicPartition, position: int, timestamps: Sequence[int] = ()) -> None:
        """A batch of records with these timestamps, up to `position`."""
        records = [Stored(tp.partition, 0, None, None, [], timestamp) for timestamp in timestamps]
        batch = Batch("links", tp.partition, 0, {tp.topic: records} if records else {}, {tp: position})
        self.lag.finished(batch, Effects([], {}, batch.positions), 0, 0)


@pytest.fixture
def worker() -> Worker:
    times = Times()
    lag = Lag(times, lambda: times.seconds)
    lag.begin({T: 10, U: 0})
    return Worker(lag, times)


def stalled(worker: Worker) -> float:
    return worker.lag.waiting_s(lambda tp: False)[0]


def test_nothing_waits(worker: Worker) -> None:
    worker.lag.answered({T: 10, U: 0})
    worker.done(U, 1, [NOW])
    worker.times.move(60)
    assert worker.lag.records(T) == worker.lag.seconds(T) == stalled(worker) == 0
    assert worker.lag.kept_back_s() == {"t": 0, "u": 0}


def test_nothing_waits_any_more(worker: Worker) -> None:
    worker.lag.answered({T: 13})
    worker.done(T, 13, [NOW])
    worker.lag.answered({T: 13})
    worker.times.move(60)
    assert stalled(worker) == 0


def test_a_record_that_waits_is_as_old_as_the_moment_when_none_did(worker: Worker) -> None:
    worker.times.move(3600)
    worker.lag.answered({T: 10})
    worker.times.move(2)
    worker.lag.answered({T: 13})
    worker.times.move(5)
    assert worker.lag.records(T) == 3
    assert worker.lag.seconds(T) == 7
    assert stalled(worker) == 5


def test_after_a_stop_it_is_as_old_as_the_last_record_done(worker: Worker) -> None:
    worker.lag.answered({T: 1_000})
    worker.done(T, 100, [NOW - 90_000, NOW - 60_000])
    assert worker.lag.records(T) == 900
    assert worker.lag.seconds(T) == 60


def test_a_clock_of_producers_that_is_ahead_makes_no_negative_lag(worker: Worker) -> None:
    worker.lag.answered({T: 20})
    worker.done(T, 15, [NOW + 5_000])
    assert worker.lag.seconds(T) == 0


def test_finished_batches_are_progress_and_skipped_markers_are_not(worker: Worker) -> None:
    worker.lag.answered({T: 1_000})
    worker.times.move(100)
    worker.done(T, 20)
    assert stalled(worker) == 100
    worker.done(T, 30, [NOW])
    assert stalled(worker) == 0
    worker.times.move(10)
    assert stalled(worker) == 10


def test_one_partition_stalls_while_others_get_on(worker: Worker) -> None:
    worker.lag.answered({T: 1_000, U: 1_000})
    worker.times.move(50)
    worker.done(T, 30, [NOW])
    assert worker.lag.waiting_s(lambda tp: False) == (50, U)
    assert worker.lag.waiting_s(lambda tp: tp == U) == (0, T)


def test_brokers_that_are_away_are_nobodys_stall(worker: Worker) -> None:
    worker.lag.answered({T: 1_000})
    worker.times.move(100)
    worker.lag.unanswered()
    worker.times.move(100)
    worker.lag.unanswered()
    assert worker.lag.away_s == 100
    assert stalled(worker) == 0
    worker.lag.answered({T: 1_000})
    assert worker.lag.away_s == 0
    worker.times.move(7)
    assert stalled(worker) == 7


def test_a_rebalance_begins_anew(worker: Worker) -> None:
    worker.lag.answered({T: 1_000, U: 0}, {T: 1_010})
    worker.times.move(100)
    worker.lag.begin({U: 5})
    assert list(worker.lag.partitions()) == []
    assert worker.lag.kept_back_s() == {}
    worker.lag.answered({U: 9})
    assert worker.lag.records(U) == 4
    assert stalled(worker) == 0
    worker.times.move(7)
    assert worker.lag.seconds(U) == 7


@pytest.mark.parametrize(
    ("partitions", "told"), [(MOST_PARTITIONS, MOST_PARTITIONS), (MOST_PARTITIONS + 1, 0)]
)
def test_very_many_partitions_are_told_of_together_only(worker: Worker, partitions: int, told: int) -> None:
    instruments, lag = Instruments(), worker.lag
    read_lag(instruments, lag, "g")
    lag.begin({TopicPartition("t", number): 0 for number in range(partitions)})
    lag.answered({TopicPartition("t", number): number for number in range(partitions)})
    assert len(instruments.reads[declared.GROUP_LAG.name]()) == told
    assert instruments.reads[declared.GROUP_MAX_LAG.name]() == {("g",): partitions - 1}
    assert instruments.reads[declared.GROUP_TOPIC_SUM_LAG.name]() == {("g", "t"): sum(range(partitions))}
    assert instruments.reads[declared.GROUP_SUM_LAG.name]() == {("g",): sum(range(partitions))}


def test_what_is_left_before_an_end_is_behind() -> None:
    lag = Lag(lambda: NOW)
    lag.begin({T: 5, U: 7})
    assert lag.behind({T: 12, U: 3, TopicPartition("of nobody here", 0): 99}) == 7
    lag.finished(Batch("s", 0), Effects((), {}, {T: 10}), 0.0, 0.0)
    assert lag.behind({T: 12, U: 7}) == 2


def test_a_clock_that_is_ahead_hides_nothing(worker: Worker) -> None:
    worker.lag.begin({T: 0})
    worker.done(T, 1, [NOW + 3_600_000])
    worker.lag.answered({T: 1_000})
    worker.times.move(30)
    assert worker.lag.seconds(T) == 30


def test_what_an_open_transaction_keeps_back_is_no_lag_but_told(worker: Worker) -> None:
    worker.lag.answered({T: 10, U: 0}, {T: 12, U: 0})
    worker.times.move(30)
    worker.lag.answered({T: 10, U: 0}, {T: 15, U: 0})
    assert worker.lag.records(T) == 0
    assert worker.lag.kept_back_s() == {"t": 30, "u": 0}


def test_transactions_that_end_keep_nothing_back(worker: Worker) -> None:
    worker.lag.answered({T: 10}, {T: 12})
    worker.times.move(30)
    worker.lag.answered({T: 12}, {T: 14})
    assert worker.lag.kept_back_s() == {"t": 0}
    worker.times.move(2)
    assert worker.lag.kept_back_s() == {"t": 2}
    worker.lag.answered({T: 14}, {T: 14})
    assert worker.lag.kept_back_s() == {"t": 0}


def test_while_brokers_are_away_nothing_is_known_of_transactions(worker: Worker) -> None:
    worker.lag.answered({T: 10}, {T: 12})
    worker.lag.unanswered()
    worker.times.move(600)
    assert worker.lag.kept_back_s() == {"t": 0}
