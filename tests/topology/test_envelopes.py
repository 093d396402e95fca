"""Values within something: the frame of a schema registry, a CloudEvent in structured mode."""

import json
from base64 import b64encode
from typing import Any

import msgspec.json
import pytest
from cloudevents.core.bindings.kafka import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from streams.intake import Intake, Routes
from streams.runtime.records import Batch, Headers, Outgoing
from streams.wire_format import frame
from tests.support.broker import Stored
from tests.support.events import HOME, Event, decided, deleted, posted, stocked
from tests.support.simulation import LIMIT, Simulation
from tests.support.sinks import changes, dead_letters

STRUCTURED: Headers = [("content-type", b"application/cloudevents+json")]
POSTED = posted("v1", "p1")
ATTRIBUTES = {"specversion", "id", "source", "type", "data", "data_base64", "time"}
JSON = st.recursive(
    st.none() | st.just("1.0") | st.text(max_size=5) | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


def attributes(event: Event) -> dict[str, Any]:
    return {"specversion": "1.0", "id": "7", "source": "/shop", "type": f"com.example.{event['type']}"}


def envelope(**fields: Any) -> bytes:
    """A CloudEvent in structured mode; a field that is None is absent."""
    whole = attributes(POSTED) | {"datacontenttype": "application/json", "data": POSTED} | fields
    return json.dumps({name: value for name, value in whole.items() if value is not None}).encode()


def send(value: bytes, headers: Headers = (), partition: int | None = None) -> Simulation:
    simulation = Simulation()
    simulation.publish("video-links", b"c1", value, headers, partition)
    simulation.pump()
    return simulation


@pytest.mark.parametrize("schema_id", [0, 1, 123456, 2**32 - 1])
@pytest.mark.parametrize("event", [POSTED, posted("v1", "p1", title="\0é")])
def test_the_frame_is_taken_off(schema_id: int, event: Event) -> None:
    simulation = send(frame(schema_id) + msgspec.json.encode(event))
    assert dead_letters(simulation) == []
    assert len(changes(simulation)) == 1


@pytest.mark.parametrize("value", [b"\0", frame(1)[:4], frame(1), frame(1) + b"{", frame(1) * 2 + b"{}"])
def test_a_frame_with_no_json_in_it_is_kept_whole(value: bytes) -> None:
    (letter,) = dead_letters(send(value))
    assert (letter.code, letter.value) == ("invalid_json", value)


def test_the_limit_is_that_of_the_whole_value() -> None:
    (letter,) = dead_letters(send(frame(1) + b" " * (LIMIT - 4)))
    assert letter.code == "too_large"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/cloudevents+json",
        "application/cloudevents+json; charset=utf-8",
        "Application/CloudEvents+JSON;charset=UTF-8",
    ],
)
@pytest.mark.parametrize("name", ["content-type", "Content-Type"])
def test_structured_mode_is_read(name: str, content_type: str) -> None:
    simulation = send(envelope(), [("trace", None), (name, content_type.encode())])
    assert dead_letters(simulation) == []
    assert changes(simulation)[0]["cause"]["event_id"] == POSTED["event_id"]


def test_structured_mode_with_bytes_or_a_frame() -> None:
    encoded = b64encode(json.dumps(POSTED).encode()).decode()
    for value in (envelope(data=None, data_base64=encoded), frame(5) + envelope()):
        assert len(changes(send(value, STRUCTURED))) == 1


@pytest.mark.parametrize("partition", range(4))
@pytest.mark.parametrize(
    ("value", "headers"),
    [(envelope(), STRUCTURED), (frame(1) + msgspec.json.encode(POSTED), ())],
    ids=["structured", "framed"],
)
def test_strays_are_read_after_the_detour(value: bytes, headers: Headers, partition: int) -> None:
    simulation = send(value, headers, partition)
    assert dead_letters(simulation) == []
    assert changes(simulation)[0]["cause"]["partition"] == partition


def test_a_frame_is_written_where_it_is_asked_for_and_only_there() -> None:
    frames = {"shop-video-status": frame(7), "shop-video-status-changes": frame(8)}
    plain, framed = Simulation(prefix="shop-"), Simulation(prefix="shop-", frames=frames)
    for simulation in (plain, framed):
        simulation.tell(POSTED, decided("p1", "rejected"), posted("v2", "p1"), deleted("v2"))
        simulation.publish("inventory", b"p1", b"?")
        simulation.pump()
    for topic in ("video-status", "video-status-changes", "dead-letters", "stock-subscriptions"):
        before = frames.get(f"shop-{topic}", b"")
        values = [None if each.value is None else before + each.value for each in plain.out(topic)]
        assert [each.value for each in framed.out(topic)] == values
        assert [each.headers for each in framed.out(topic)] == [each.headers for each in plain.out(topic)]


BAD: dict[str, tuple[bytes, str, str]] = {
    "another version": (envelope(specversion="0.3"), "invalid_event", "specversion"),
    "no id": (envelope(id=None), "invalid_event", "`id`"),
    "an empty source": (envelope(source=""), "invalid_event", "source"),
    "a type that is no string": (envelope(type=1), "invalid_event", "type"),
    "no data": (envelope(data=None), "invalid_event", "data: Field required"),
    "data that is none of our events": (envelope(data={"type": "weather"}), "unknown_type", "weather"),
    "data that lacks a field": (envelope(data=POSTED | {"links": []}), "invalid_event", "links: "),
    "data as text": (envelope(data=json.dumps(POSTED)), "invalid_event", "object expected"),
    "no base64": (envelope(data=None, data_base64="?"), "invalid_event", "data_base64"),
    "base64 of no JSON": (envelope(data=None, data_base64="Pz8="), "invalid_json", "line 1"),
    "an array": (b"[" + envelope() + b"]", "invalid_event", "array"),
    "cut off": (envelope()[:-1], "invalid_json", "EOF"),
}


@pytest.mark.parametrize(("value", "code", "message"), BAD.values(), ids=BAD)
def test_a_bad_envelope_is_kept_whole_and_named(value: bytes, code: str, message: str) -> None:
    (letter,) = dead_letters(send(value, STRUCTURED))
    assert (letter.code, letter.value) == (code, value)
    assert message in letter.message
    assert letter.headers["content-type"] == STRUCTURED[0][1]


@given(st.binary(max_size=50) | st.dictionaries(st.sampled_from(sorted(ATTRIBUTES)), JSON).map(json.dumps))
def test_any_value_is_read_or_refused(value: bytes | str) -> None:
    content = value.encode() if isinstance(value, str) else value
    routes = Routes({"video-links": "video-links"}, frozenset(), "events", "dead-letters", LIMIT)
    for prefix in (b"", frame(9)):
        record = Stored(0, 0, b"c1", prefix + content, STRUCTURED)
        refused: list[Outgoing] = []
        assert Intake(routes, 0, 1).read(Batch("links", 0, 0, {"video-links": [record]}), 0, refused) == []
        assert [letter.value for letter in refused] == [prefix + content]


@pytest.mark.parametrize("content_type", [None, b"application/json", b"application/cloudevents-batch+json"])
def test_an_envelope_of_another_content_type_is_no_event(content_type: bytes | None) -> None:
    (letter,) = dead_letters(send(envelope(), [("content-type", content_type)]))
    assert letter.code == "unknown_type"


@pytest.mark.parametrize("to_message", [to_binary, to_structured])
def test_what_the_cloudevents_library_writes_is_read(to_message: Any) -> None:
    simulation = Simulation()
    for event in (POSTED, decided("p1", "rejected"), stocked("p1", 0)):
        topic, key = HOME[event["type"]]
        cloud_event = CloudEvent(attributes(event) | {"datacontenttype": "application/json"}, event)
        message = to_message(cloud_event, JSONFormat())
        simulation.publish(topic, event[key].encode(), message.value, list(message.headers.items()))
        simulation.pump()
    assert dead_letters(simulation) == []
    assert [len(body["issues_added"]) for body in changes(simulation)] == [0, 1, 1]
