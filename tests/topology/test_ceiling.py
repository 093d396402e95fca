"""The ceiling on dead letters: by topic, over the last minute, before anything is published."""

import json
from collections.abc import Sequence
from math import inf

import pytest

from streams.ceiling import Ceiling, under
from streams.dead_letters import dead_letter, reason
from streams.origin import Origin, Source
from streams.runtime.generations import Generations
from streams.runtime.records import Batch, Outgoing
from streams.runtime.step import Halt, Step, StepContext
from streams.runtime.table import Table
from streams.topics import Topics
from streams.topology import steps
from tests.support.broker import Stored
from tests.support.events import moderated
from tests.support.memory import Memory
from tests.support.simulation import LIMIT

MINUTE = 60
NOW = 1_000_000_000


class Clock:
    """Stands still until it is set."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def batch(**records: int) -> Batch:
    """A batch of so many records of each topic."""
    record = Stored(0, 0, b"c1", b"{", [])
    return Batch("links", 0, 0, {topic: [record] * number for topic, number in records.items()})


def letters(number: int, topic: str = "moderation", code: str = "invalid_json") -> list[Outgoing]:
    refused = Origin(Source(topic, 0, 0), None, b"{", [])
    return [dead_letter("dead-letters", refused, code, "why", NOW)] * number


def stops(ceiling: Ceiling, taken: Batch, out: list[Outgoing]) -> bool:
    """Whether that is too much, however long it waits."""
    try:
        assert ceiling.admission(taken, out)(inf)
    except Halt:
        return True
    return False


@pytest.mark.parametrize(
    ("limit", "records", "dead", "reached"),
    [
        (0.5, 200, 100, False),
        (0.5, 199, 100, True),
        (0.5, 10, 10, False),  # a bad record, or ten, in a quiet minute
        (0.5, 99, 99, False),
        (0.5, 100, 100, True),
        (0.01, 9_999, 100, True),
        (0.0, 1_000_000, 100, True),
        (1.0, 500, 500, False),  # never
        (0.5, 0, 100, True),  # of rerouted records
        (1.0, 0, 100, False),
    ],
)
def test_a_share_of_a_topics_records_and_a_number_of_letters(
    limit: float, records: int, dead: int, reached: bool
) -> None:
    ceiling = Ceiling(limit, 100, "dead-letters")
    assert stops(ceiling, batch(moderation=records), letters(dead)) is reached
    assert (ceiling.reached is not None) is reached


def test_batches_of_a_minute_are_taken_together_and_older_ones_are_not() -> None:
    clock = Clock()
    ceiling = Ceiling(0.5, 100, "dead-letters", clock)
    assert not stops(ceiling, batch(moderation=60), letters(60))
    clock.seconds = MINUTE
    assert not stops(ceiling, batch(moderation=60), letters(60))
    clock.seconds = MINUTE + MINUTE - 1
    assert stops(ceiling, batch(moderation=60), letters(60))


def test_each_second_is_old_when_its_own_minute_is_over() -> None:
    clock = Clock()
    ceiling = Ceiling(0.5, 100, "dead-letters", clock)
    assert not stops(ceiling, batch(moderation=1), [])
    clock.seconds = MINUTE - 1
    assert not stops(ceiling, batch(moderation=60), letters(60))
    clock.seconds = MINUTE
    assert stops(ceiling, batch(moderation=60), letters(60))


def test_good_records_of_the_same_minute_count_too() -> None:
    clock = Clock()
    ceiling = Ceiling(0.5, 100, "dead-letters", clock)
    assert not stops(ceiling, batch(moderation=1000), [])
    clock.seconds = 1
    assert not stops(ceiling, batch(moderation=200), letters(200))
    clock.seconds = MINUTE
    assert stops(ceiling, batch(moderation=200), letters(200))


def test_topics_are_judged_one_by_one_and_other_outputs_are_no_letters() -> None:
    ceiling = Ceiling(0.5, 100, "dead-letters")
    others = [Outgoing("video-status", b"k", b"v")] * 500
    split = letters(90) + letters(90, "inventory", "unknown_type")
    assert not stops(ceiling, batch(moderation=90, inventory=90), split + others)
    assert not stops(ceiling, batch(moderation=9), letters(9))


def test_the_reason_names_topic_codes_and_a_record_and_stays() -> None:
    ceiling = Ceiling(0.25, 100, "dead-letters")
    mixed = letters(100, code="unknown_type") + letters(7)
    assert stops(ceiling, batch(moderation=200), mixed)
    assert ceiling.reached == (
        "107 of the last minute's 200 records of moderation are dead letters (unknown_type 100, "
        "invalid_json 7; one is moderation-0-0), above LINK_STATUS_DEAD_LETTER_LIMIT=0.25: "
        "no more input is taken"
    )
    with pytest.raises(Halt, match="moderation"):
        ceiling.check()
    assert stops(ceiling, batch(inventory=1000), [])


def test_every_step_of_a_worker_stops() -> None:
    ceiling = Ceiling(0.5, 3, "dead-letters", patience_s=0)
    links, stock = built(ceiling)
    assert stock.process(Batch("stock", 0), NOW) == []
    assert links.deadline() is None
    with pytest.raises(Halt):
        folded(ceiling, links, bad(3))
    with pytest.raises(Halt):
        stock.process(Batch("stock", 0), NOW)
    with pytest.raises(Halt):
        ceiling.admission(Batch("stock", 0), [])(0)


@pytest.mark.parametrize(("wrong", "reached"), [(4, False), (5, True)])
def test_a_batch_is_judged_as_a_whole(wrong: int, reached: bool) -> None:
    ceiling = Ceiling(0.5, 3, "dead-letters")
    links, _ = built(ceiling)
    assert folded(ceiling, links, bad(wrong) + good(8 - wrong, first=wrong)) is not reached


def test_each_batch_is_counted_once() -> None:
    ceiling = Ceiling(0.5, 5, "dead-letters")
    links, _ = built(ceiling)
    assert folded(ceiling, links, bad(2))
    assert folded(ceiling, links, bad(2))


def test_a_partition_with_a_topics_bad_records_waits_for_the_good_ones_of_others() -> None:
    """After a start it is folded first, if it is the smallest."""
    ceiling = Ceiling(0.5, 3, "dead-letters", patience_s=5)
    first, _ = built(ceiling)
    second, _ = built(ceiling)
    assert not folded(ceiling, first, bad(8))
    assert not folded(ceiling, first, bad(8), waited_s=4.9)
    assert folded(ceiling, second, good(20))
    assert folded(ceiling, first, bad(8), waited_s=4.9)
    assert ceiling.reached is None
    assert not folded(ceiling, first, bad(20))
    with pytest.raises(Halt, match="28 of the last minute's 48 records"):
        folded(ceiling, first, bad(20), waited_s=5)


def test_a_batch_that_waits_is_weighed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many that wait would have no time left to those that they wait for."""
    weighed: list[Outgoing] = []

    def weigh(letter: Outgoing) -> tuple[str, str]:
        weighed.append(letter)
        return reason(letter)

    monkeypatch.setattr("streams.ceiling.reason", weigh)
    ceiling = Ceiling(0.5, 3, "dead-letters", patience_s=5)
    asked = ceiling.admission(batch(moderation=8), letters(8))
    assert not any(asked(waited_s) for waited_s in range(5))
    assert len(weighed) == 8


def bad(number: int) -> list[Stored]:
    return [Stored(0, offset, b"c1", b"{", []) for offset in range(number)]


def good(number: int, first: int = 0) -> list[Stored]:
    value = json.dumps(moderated("v1", "approved")).encode()
    return [Stored(0, first + offset, b"c1", value, []) for offset in range(number)]


def folded(ceiling: Ceiling, step: Step, verdicts: Sequence[Stored], waited_s: float = 0) -> bool:
    """Whether a batch of moderation's takes effect. Raises Halt."""
    whole = Batch("links", 0, 0, {"moderation": verdicts})
    outputs = [out for piece in whole.pieces(2) for out in step.process(piece, NOW)]
    return ceiling.admission(whole, outputs)(waited_s)


def built(ceiling: Ceiling) -> list[Step]:
    """The steps under it."""
    return [
        spec.build(
            StepContext(
                0, 1, {t.name: Table(t.name, t.codec, Memory(), Generations(10)) for t in spec.tables}
            )
        )
        for spec in under(ceiling, steps(Topics.load(), LIMIT))
    ]
