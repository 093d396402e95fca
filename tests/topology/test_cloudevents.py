"""Every record to a sink carries CloudEvents 1.0 headers in Kafka's binary mode."""

import re

import msgspec.json
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat

from schemas.timestamps import to_millis
from tests.support.events import decided, deleted, posted
from tests.support.simulation import Simulation
from tests.support.sinks import changes

REQUIRED = ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "content-type"]


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    """Changes, statuses, a tombstone, and dead letters of both kinds; ids are no ASCII."""
    simulation = Simulation()
    tell(simulation)
    return simulation


def tell(simulation: Simulation) -> None:
    simulation.tell(posted("v1", "p1"), decided("p1", "rejected", at=2500), posted("v1", "p2", at=11))
    simulation.tell(posted("véo", "p1"), deleted("véo"))
    simulation.publish("moderation", b"c1", b"?")
    simulation.pump()


@pytest.mark.parametrize("topic", ["video-status-changes", "video-status", "dead-letters"])
def test_all_of_them_stand_once(simulation: Simulation, topic: str) -> None:
    records = simulation.out(topic)
    assert len(records) > 1
    for record in records:
        names = [name for name, _ in record.headers]
        assert [name for name in names if not name.startswith("__streams")] == REQUIRED
        headers = {name: (value or b"").decode() for name, value in record.headers}
        assert headers["ce_specversion"] == "1.0"
        assert re.fullmatch(r"[a-z_]+", headers["ce_type"])
        assert headers["ce_id"]
        assert to_millis(headers["ce_time"]) >= 0


@pytest.mark.parametrize("topic", ["video-status-changes", "video-status", "dead-letters"])
def test_the_cloudevents_library_reads_them(simulation: Simulation, topic: str) -> None:
    for record in simulation.out(topic):
        headers = {name: value or b"" for name, value in record.headers}
        message = KafkaMessage(headers, record.key, record.value or b"null")
        event = from_binary(message, JSONFormat())
        assert event.get_specversion() == "1.0"
        assert event.get_id() == headers["ce_id"].decode()
        assert event.get_subject() == headers["ce_subject"].decode()
        assert event.get_time() is not None
        if topic == "dead-letters":
            assert event.get_data() == (record.value or b"").decode()
        else:
            assert event.get_data() == (None if record.value is None else msgspec.json.decode(record.value))


@pytest.mark.parametrize("topic", ["video-status-changes", "video-status", "dead-letters"])
def test_the_same_record_has_the_same_id_at_another_time(simulation: Simulation, topic: str) -> None:
    later = Simulation()
    later.now += 5_000
    tell(later)
    ids = [[dict(record.headers)["ce_id"] for record in each.out(topic)] for each in (simulation, later)]
    assert ids[0] == ids[1]


def test_a_status_that_says_more_of_the_same_version_is_another_event() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1"), decided("p1", "rejected"))
    simulation.tell(decided("p1", "rejected", at=30, contact={"email": "a@b.example"}))
    simulation.tell(posted("v1", "p1", at=5, title="Another title"))
    simulation.tell(posted("v1", "p1", at=4, title="Another title"))
    simulation.tell(decided("p1", "rejected", at=31, contact={"email": "b@b.example"}))
    simulation.tell(decided("p1", "rejected", at=32, contact={"email": "a@b.example"}))
    ids = [dict(record.headers)["ce_id"] for record in simulation.out("video-status")]
    assert [(each or b"").rpartition(b"/")[0] for each in ids] == [b"v1/1", *[b"v1/2"] * 6]
    assert len(set(ids)) == len(ids)


def test_a_change_is_named_by_its_event(simulation: Simulation) -> None:
    bodies = {body["event_id"]: body for video in ("v1", "véo") for body in changes(simulation, video)}
    for record in simulation.out("video-status-changes"):
        headers = {name: (value or b"").decode() for name, value in record.headers}
        body = bodies.pop(headers["ce_id"])
        assert headers["ce_type"] == body["type"]
        assert headers["ce_subject"] == body["video_id"] == (record.key or b"").decode()
        assert headers["ce_time"] == body["occurred_at"]
        assert headers["content-type"] == "application/json"
    assert not bodies


def test_events_ids_are_unique_in_each_sink(simulation: Simulation) -> None:
    for topic in ("video-status-changes", "video-status", "dead-letters"):
        ids = [dict(record.headers)["ce_id"] for record in simulation.out(topic)]
        assert len(set(ids)) == len(ids)


def test_sinks_are_partitioned_by_video(simulation: Simulation) -> None:
    for topic in ("video-status-changes", "video-status"):
        for partition in range(4):
            others = {record.key for p in range(4) if p != partition
                      for record in simulation.broker.log(topic, p)}  # fmt: skip
            assert not others & {record.key for record in simulation.broker.log(topic, partition)}
