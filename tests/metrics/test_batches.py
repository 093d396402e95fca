"""What is counted of a batch, by a clock that the test moves."""

from collections.abc import Sequence

import msgspec.json
import pytest
from aiokafka.structs import TopicPartition

from streams.dead_letters import CODES
from streams.folded import Folded
from streams.metrics import declarations as declared
from streams.metrics.batches import Batches
from streams.metrics.instruments import Distribution, Instruments
from streams.runtime.records import Batch, Effects, Outgoing
from streams.topics import Topics
from tests.metrics.observed import Observed
from tests.support.broker import Stored
from tests.support.events import posted, stocked
from tests.support.simulation import NOW


def finished(timestamps: Sequence[int]) -> Distribution:
    """The latencies of one batch with records of these times, done at `NOW`."""
    instruments = Instruments()
    records = [Stored(0, 0, None, None, [], timestamp) for timestamp in timestamps]
    batch = Batch("links", 0, 0, {"moderation": records})
    batches = Batches(instruments, Topics.load(""), lambda: NOW)
    batches.finished(batch, Effects([], {}, {}), Folded(), 0.1, 0.2)
    return instruments.distribution(declared.EVENT_TO_STATUS, "links")


def counts(distribution: Distribution) -> dict[float, int]:
    """The values in each bucket that has any, by its upper bound."""
    bounds = (*distribution.bounds, float("inf"))
    return {bound: number for bound, number in zip(bounds, distribution.counts, strict=True) if number}


def test_latency_is_counted_for_each_record_of_a_small_batch() -> None:
    latency = finished([NOW - 3, NOW - 40, NOW - 40, NOW - 1_000, NOW - 400_000, NOW + 50])
    assert counts(latency) == {0.005: 2, 0.05: 2, 1: 1, float("inf"): 1}
    assert latency.sum == pytest.approx(0.003 + 0.08 + 1 + 400)


@pytest.mark.parametrize("size", [63, 64, 65, 127, 128, 129, 1_000, 20_000])
def test_each_record_of_a_large_batch_is_stood_for(size: int) -> None:
    latency = finished([NOW - 20 + index * 20 // size for index in range(size)])
    assert sum(latency.counts) == size
    assert latency.sum / size == pytest.approx(0.0105, rel=0.1)


def test_events_letters_and_those_astray_are_told_apart() -> None:
    simulation = Observed(partitions=4)
    simulation.tell(posted("v1", "p1"), posted("v2", "p1"), stocked("p1", 0))
    simulation.publish("video-links", b"c1", b"{")
    home = simulation.broker.all("video-links")[0].partition
    event = msgspec.json.encode(posted("v3", "p1"))
    simulation.publish("video-links", b"c1", event, partition=(home + 1) % 4)
    simulation.pump()
    read = simulation.instruments.counter(declared.RECORDS_IN)
    assert {key: number for key, number in read.items() if number} == {
        ("video-links", "video_posted"): 2,
        ("video-links", "passed_on"): 2,
        ("events-by-creator", "video_posted"): 1,
        ("inventory", "inventory_level"): 1,
        ("stock-subscriptions", "stock_subscription"): 3,
        ("stock-by-creator", "stock_for_creator"): len(simulation.out("stock-by-creator")),
    }
    assert simulation.instruments.counter(declared.REROUTED) == {("links",): 1, ("stock",): 0}
    letters = simulation.instruments.counter(declared.DEAD_LETTERS)
    assert +letters == {("video-links", "invalid_json"): 1}
    sent = simulation.instruments.counter(declared.RECORDS_OUT)
    assert sent["video-status",] == len(simulation.out("video-status"))
    changes = simulation.instruments.counter(declared.CHANGES)
    assert changes[()] == len(simulation.out("video-status-changes")) > 3


def test_a_batch_that_only_moved_offsets_is_none() -> None:
    instruments = Instruments()
    batches = Batches(instruments, Topics.load(""), lambda: NOW)
    batches.finished(Batch("links", 0), Effects([], {}, {TopicPartition("in", 0): 7}), Folded(), 0.0, 0.1)
    sizes = instruments.distribution(declared.BATCH_RECORDS, "links").counts
    assert not sum(sizes)
    batches.finished(Batch("links", 0), Effects([Outgoing("out", b"k", b"v")], {}, {}), Folded(), 0.3, 0.1)
    assert sum(sizes) == 1
    read = {"moderation": [Stored(0, 0, None, None, [])]}
    batches.finished(Batch("links", 0, 0, read), Effects([], {}, {}), Folded(), 0.3, 0.1)
    assert sum(sizes) == 2
    seconds = [instruments.distribution(declared.BATCH_SECONDS, "links", what) for what in ("fold", "commit")]
    assert [each.sum for each in seconds] == [0.6, 0.2]


def test_what_alerts_look_at_begins_at_zero() -> None:
    instruments = Instruments()
    Batches(instruments, Topics.load("x-"), lambda: NOW)
    assert dict(instruments.counter(declared.CHANGES)) == {(): 0}
    letters = instruments.counter(declared.DEAD_LETTERS)
    assert {letters.pop(("x-moderation", code)) for code in CODES} == {0}
