"""Which code a bad value gets, and that nothing but InvalidEvent ever comes out."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas import TOPICS, InvalidEvent, decode

DELETED = b'{"type":"video_deleted","event_id":"e-1","occurred_at":0,"creator_id":"c7","video_id":"v1"}'


def with_note(note: bytes) -> bytes:
    """A valid event with a field more, which is ignored."""
    return DELETED[:-1] + b',"note":' + note + b"}"


def refusal(topic: str, value: bytes | None) -> tuple[str, str]:
    with pytest.raises(InvalidEvent) as caught:
        decode(topic, value)
    assert str(caught.value) == f"{caught.value.code}: {caught.value.message}"
    return caught.value.code, caught.value.message


@pytest.mark.parametrize("topic", TOPICS)
def test_null_value(topic: str) -> None:
    assert refusal(topic, None) == ("invalid_json", "the value is null")


@pytest.mark.parametrize(
    "note",
    [
        b'"NaN"',
        b'"-Infinity"',
        b'{"NaN":["Infinity"]}',
        b"1e999",
        b"-1e999",
        b"1" * 4300,
        b"-0.0e-0",
        b"[" * 150 + b"]" * 150,
        b'"\\ud83d\\ude00"',
        b'"\\u0000"',
        b'"' + b"x" * 300_000 + b'"',
    ],
)
def test_what_is_json_may_stand_in_an_ignored_field(note: bytes) -> None:
    assert decode("video-links", with_note(note)) == decode("video-links", DELETED)


@pytest.mark.parametrize(
    "note",
    [
        b"NaN",
        b"-NaN",
        b"Infinity",
        b"-Infinity",
        b'["NaN",NaN]',
        b'{"Infinity":Infinity}',
        b"nan",
        b"+1",
        b"01",
        b"1.",
        b".5",
        b"0x1",
        b"'x'",
        b"[1,]",
        b'"\t"',
        b'"\\x"',
        b'"\\ud83d"',
        b'"\\ude00\\ud83d"',
        b'"\xff"',
        b'"\xc0\x80"',
        b'"\xed\xa0\x80"',
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"1" * 100_000,
        b"\xef\xbb\xbf1",
        b"\xa01",
    ],
)
def test_what_is_not_json_may_not(note: bytes) -> None:
    code, _ = refusal("video-links", with_note(note))
    assert code == "invalid_json"


def test_the_type_comes_before_the_rest() -> None:
    assert refusal("video-links", b'{"event_id":5}') == ("invalid_event", "type: a string expected")
    assert refusal("video-links", b'{"type":"inventory_level"}') == (
        "unknown_type",
        "type: 'inventory_level' is none of video_deleted, video_posted",
    )
    assert refusal("inventory", b'{"type":"inventory_level"}') == (
        "invalid_event",
        "event_id: Field required",
    )


def test_messages_are_short_and_hold_no_values() -> None:
    _, message = refusal("video-links", json.dumps({"type": "x\n" * 1000}).encode())
    assert len(message) < 150
    assert "\n" not in message
    _, message = refusal("video-links", DELETED.replace(b'"v1"', b'"' + b"secret" * 1000 + b'"'))
    assert message == "video_id: String should have at most 128 characters"


def read(topic: str, value: bytes) -> None:
    """Decode, where refusal is fine and any other exception is not."""
    try:
        event = decode(topic, value)
    except InvalidEvent as invalid:
        assert invalid.code in {"invalid_json", "invalid_event", "unknown_type"}
        assert invalid.message
    else:
        assert isinstance(event, TOPICS[topic].models)


@given(topic=st.sampled_from(sorted(TOPICS)), value=st.binary())
def test_any_bytes(topic: str, value: bytes) -> None:
    read(topic, value)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


FIELDS = {field for topic in TOPICS.values() for model in topic.models for field in model.model_fields}
TYPES = sorted(kind for topic in TOPICS.values() for kind in topic.types)


@given(
    topic=st.sampled_from(sorted(TOPICS)),
    content=JSON | st.dictionaries(st.sampled_from(sorted(FIELDS)), JSON | st.sampled_from(TYPES)),
)
@example(topic="video-links", content={"type": "video_posted", "links": [{}]})
def test_any_json(topic: str, content: object) -> None:
    read(topic, json.dumps(content).encode())


@given(cut=st.integers(0, len(DELETED)), length=st.integers(0, 8), patch=st.binary(max_size=8))
def test_any_damage(cut: int, length: int, patch: bytes) -> None:
    read("video-links", DELETED[:cut] + patch + DELETED[cut + length :])
