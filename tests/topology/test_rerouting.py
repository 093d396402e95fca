"""Records on another partition than their key's, under another key or none, end in the same state."""

import msgspec.json
import pytest

from streams.runtime.partitioner import partition_for
from tests.support.broker import Stored
from tests.support.events import HOME, Event, decided, deleted, invited, moderated, posted, stocked
from tests.support.simulation import Simulation
from tests.support.sinks import changes, check_chain, dead_letters, statuses

PARTITIONS = 4
STORY = [
    posted("v1", "p1", "p2"),
    decided("p1", "rejected", contact={"email": "a@b.example"}),
    moderated("v1", "approved"),
    moderated("v1", "violation", at=21, product="p2"),
    invited("p2", until=1),
    stocked("p1", 0),
    posted("v2", "p1"),
    deleted("v2"),
]
KEYS = {"own": "", "other": b"?", "none": None, "empty": b"", "not UTF-8": b"\xff\xfe"}


def stray(simulation: Simulation, event: Event, by: int = 1, key: bytes | str | None = "") -> Stored:
    """Publish an event `by` partitions beside where it belongs; its own key unless another is given."""
    topic, field = HOME[event["type"]]
    own = event[field].encode()
    partition = (partition_for(own, PARTITIONS) + by) % PARTITIONS
    return simulation.publish(
        topic, own if key == "" else key, msgspec.json.encode(event), [("trace", b"1")], partition  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize("by", range(PARTITIONS))
@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_it_ends_in_the_same_state(by: int, key: bytes | str | None) -> None:
    straight, strayed = Simulation(), Simulation()
    for event in STORY:
        straight.tell(event)
        stray(strayed, event, by, key)
        strayed.pump()
    assert statuses(strayed) == statuses(straight)
    for video in ("v1", "v2"):
        chain, expected = changes(strayed, video), changes(straight, video)
        check_chain(chain)
        for body in (*chain, *expected):
            del body["cause"]["partition"], body["cause"]["offset"]
        assert chain == expected


@pytest.mark.parametrize("event", [*STORY[:2], *STORY[3:6]], ids=lambda event: event["type"])
@pytest.mark.parametrize("prefix", ["", "shop."])
def test_the_cause_is_the_source_record(event: Event, prefix: str) -> None:
    simulation = Simulation(prefix=prefix)
    if event["type"] != "video_posted":
        simulation.tell(STORY[0])
    topic, _ = HOME[event["type"]]
    for _ in range(3):
        simulation.publish(topic, b"", b"", partition=0)
    sent = stray(simulation, event, by=2)
    simulation.pump()
    assert changes(simulation)[-1]["cause"] == {
        "type": event["type"],
        "event_id": event["event_id"],
        "topic": prefix + topic,
        "partition": sent.partition,
        "offset": sent.offset,
    }


@pytest.mark.parametrize(("by", "hops"), [(0, 0), (1, 1), (3, 1)])
def test_only_strays_take_the_detour(by: int, hops: int) -> None:
    simulation = Simulation()
    stray(simulation, posted("v1", "p1"), by)
    stray(simulation, stocked("p1", 0), by)
    simulation.pump()
    assert len(simulation.out("events-by-creator")) == hops
    assert len(simulation.out("events-by-product")) == hops


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_a_rerouted_dead_letter_is_the_source_record(key: bytes | str | None) -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1", at=5))
    sent = stray(simulation, posted("v1", "p2", at=6), key=key)
    simulation.pump()
    (letter,) = dead_letters(simulation)
    assert letter.code == "links_are_immutable"
    assert (letter.topic, letter.partition, letter.offset) == ("video-links", sent.partition, sent.offset)
    assert (letter.key, letter.value) == (sent.key, sent.value)
    assert [name for name in letter.headers if not name.startswith("ce_")] == ["trace", "content-type"]


def test_headers_of_the_names_that_rerouting_uses_are_upstreams_to_keep() -> None:
    own = [(f"__streams.source.{name}", b"0") for name in ("topic", "partition", "offset", "key")]
    simulation = Simulation()
    simulation.tell(posted("v1", "p1", at=5))
    home = partition_for(b"c1", PARTITIONS)
    value = msgspec.json.encode(posted("v1", "p2", at=6))
    sent = simulation.publish("video-links", None, value, own, (home + 1) % PARTITIONS)
    simulation.pump()
    (letter,) = dead_letters(simulation)
    assert (letter.topic, letter.partition, letter.offset, letter.key) == (
        "video-links",
        sent.partition,
        0,
        None,
    )
    assert [(name, b"0") for name in letter.headers if name.startswith("__")] == own


def test_what_cannot_be_read_is_not_rerouted() -> None:
    simulation = Simulation()
    for partition in range(PARTITIONS):
        simulation.publish("inventory", b"k", b"{}", partition=partition)
    simulation.pump()
    assert simulation.out("events-by-product") == []
    assert sorted(letter.partition for letter in dead_letters(simulation)) == [0, 1, 2, 3]
