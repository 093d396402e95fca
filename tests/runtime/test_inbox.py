"""What is fetched for a task: gathered until it is taken, and no more than may be."""

import pytest
from aiokafka.structs import TopicPartition

from streams.runtime.inbox import Inbox, fetch_limit
from streams.runtime.records import Batch
from tests.runtime.counting import batch
from tests.runtime.fakes import Sent

MAX = 50
TP, OTHER = TopicPartition("in", 0), TopicPartition("other", 0)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("streams.runtime.inbox.time.monotonic", lambda: now[0])
    return now


def inbox(interval_s: float = 0.0) -> Inbox:
    return Inbox(Batch("counting", 0), MAX, interval_s)


def fetched(inbox: Inbox, many: int, offset: int = 0) -> None:
    inbox.reserve()
    inbox.accept(batch(*[b"a"] * many, offset=offset))


def test_there_is_no_room_while_a_batch_is_on_its_way() -> None:
    box, found = inbox(), []
    found.append(box.has_room)
    box.reserve()
    found.append(box.has_room)
    box.take()  # for a deadline: what is on its way would be replaced and lost
    found.append(box.has_room)
    box.accept(batch(b"a"))
    found.append(box.has_room)
    assert found == [True, False, False, True]


def test_what_comes_in_pieces_is_taken_as_one() -> None:
    box = inbox()
    fetched(box, 2)
    fetched(box, 3, offset=2)
    taken = box.take()
    assert [record.offset for record in taken.records["in"]] == [0, 1, 2, 3, 4]
    assert (taken.positions, taken.generation) == ({TP: 5}, 1)
    assert len(box.take()) == 0


def test_what_has_no_value_is_taken_too() -> None:
    box = inbox()
    box.reserve()
    box.accept(Batch("counting", 0, 1, {"in": [Sent(0, 0, None, None, [("h", None)])]}, {TP: 1}))
    assert [record.value for record in box.take().records["in"]] == [None]


def test_topics_are_kept_apart() -> None:
    box = inbox()
    fetched(box, 1)
    box.reserve()
    box.accept(Batch("counting", 0, 1, {"other": batch(b"b").records["in"]}, {OTHER: 7}))
    taken = box.take()
    assert {topic: len(records) for topic, records in taken.records.items()} == {"in": 1, "other": 1}
    assert taken.positions == {TP: 1, OTHER: 7}


@pytest.mark.parametrize("max_records", [1, 4, 5, 50, 5_000, 100_000])
def test_a_batch_is_never_larger_than_told(max_records: int) -> None:
    box = Inbox(Batch("counting", 0), max_records, 0.0)
    most = fetch_limit(max_records)
    assert most >= 1
    waiting = 0
    while box.has_room and waiting <= max_records:
        piece = 1 if waiting + 1 < max_records - most else most
        fetched(box, piece, offset=waiting)
        waiting += piece
    assert not box.has_room
    assert len(box.take()) == waiting <= max_records


@pytest.mark.parametrize(("value", "header"), [(1 << 20, 0), (0, 1 << 20), (1 << 19, 1 << 19)])
def test_of_large_records_few_are_gathered(now: list[float], value: int, header: int) -> None:
    box = Inbox(Batch("counting", 0), 5_000, 10.0)
    box.take()
    for taking in range(2):
        while box.has_room:
            box.reserve()
            large = Sent(0, len(box), b"", bytes(value), headers=(("h", bytes(header)),))
            box.accept(Batch("counting", 0, 1, {"in": [large]}, {}))
        assert (len(box), box.due_in_s()) == (4, 0), taking
        box.take() if taking else box.clear()


def test_small_batches_are_taken_no_closer_together_than_told(now: list[float]) -> None:
    box = inbox(interval_s=0.5)
    assert box.due_in_s() == float("inf")
    fetched(box, 1)
    assert box.due_in_s() <= 0, "the first need not wait"
    box.take()
    now[0] += 0.125
    fetched(box, 1)
    assert box.due_in_s() == 0.375
    fetched(box, MAX - fetch_limit(MAX), offset=1)
    assert box.due_in_s() == 0, "with many the next may come at once"


def test_a_look_for_nothing_does_not_put_off_the_next_batch(now: list[float]) -> None:
    box = inbox(interval_s=0.5)
    box.take()
    fetched(box, 1)
    assert box.due_in_s() <= 0


def test_positions_without_records_are_told_once() -> None:
    box = inbox()
    fetched(box, 1)
    box.skip_to(TP, 9)
    box.skip_to(OTHER, 4)
    assert box.take().positions == {TP: 9, OTHER: 4}
    assert box.take().positions == {}


def test_what_is_dropped_is_gone_whole() -> None:
    box = inbox()
    fetched(box, 1)
    box.skip_to(OTHER, 4)
    box.clear()
    taken = box.take()
    assert (len(taken), taken.positions) == (0, {})
