"""The fast reading agrees with the models, whatever comes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import read as reading
from schemas.decode import InvalidEvent, decode
from schemas.read import read
from schemas.registry import TOPICS

FACT = {"event_id": "e1", "occurred_at": 1_700_000_000_000}
LINK = {"creator_id": "c1", "product_id": "p1"}
EVENTS: dict[str, dict[str, Any]] = {
    "seller-decisions": {"type": "seller_decision", **FACT, **LINK, "decision": "rejected", "reason": "No."}
    | {"seller_contact": {"name": "Acme", "phone": None}},
    "invite-expiries": {"type": "invite_expiry", **FACT, **LINK, "expires_at": 1_800_000_000_000},
    "moderation": {"type": "moderation_verdict", **FACT, **LINK, "video_id": "v1", "verdict": "violation"},
    "inventory": {"type": "inventory_level", **FACT, "product_id": "p1", "available": 3},
    "stock-subscriptions": {"type": "stock_subscription", **LINK, "subscribed": True},
    "stock-by-creator": {"type": "stock_for_creator", **FACT, **LINK, "available": 0}
    | {"cause": {"topic": "inventory", "partition": 1, "offset": 2}},
}
TEXTS = st.one_of(st.text(max_size=3), st.sampled_from(["", "\x7f", "\x85", "\n", "2026-01-01T00:00:00Z"]))
NUMBERS = st.one_of(
    st.sampled_from([0, -1, 1.0, 1e30, 2**63 - 1, 2**63, 2**64, 253_402_300_799_999, 253_402_300_800_000]),
    st.floats(),
    st.integers(),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, st.just("x" * 128), st.just("x" * 129)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(TEXTS, inner, max_size=2)),
    max_leaves=4,
)


def said(reads: Any, topic: str, value: bytes) -> Any:
    """All that is read, or why nothing is."""
    try:
        event = reads(topic, value)
    except InvalidEvent as error:
        return error.code, error.message
    return {name: fields(getattr(event, name)) for name in TOPICS[topic].models[0].model_fields}


def fields(value: Any) -> Any:
    """A value, or those of a part."""
    names = getattr(value, "__struct_fields__", None) or getattr(type(value), "model_fields", None)
    return {name: getattr(value, name) for name in names} if names else (type(value), value)


@given(st.data())
def test_what_is_read_fast_is_what_the_model_reads(data: st.DataObject) -> None:
    topic = data.draw(st.sampled_from(sorted(EVENTS)))
    event = dict(EVENTS[topic])
    for name in data.draw(st.lists(st.sampled_from([*event, "reason", "policy", "unknown"]), max_size=2)):
        event[name] = data.draw(VALUES)
    for name in data.draw(st.lists(st.sampled_from(sorted(event)), max_size=1)):
        del event[name]
    value = json.dumps(event, ensure_ascii=data.draw(st.booleans())).encode("utf-8", "surrogatepass")
    assert said(read, topic, value) == said(decode, topic, value)


@given(st.data())
def test_bytes_that_are_damaged_are_read_as_the_model_reads_them(data: st.DataObject) -> None:
    topic = data.draw(st.sampled_from(sorted(EVENTS)))
    value = json.dumps(EVENTS[topic] | {"unknown": [1, {"a": "b"}]}).encode()
    at = data.draw(st.integers(0, len(value)))
    inserted = data.draw(
        st.one_of(st.binary(max_size=2), st.sampled_from([b",", b'"', b"0", b"-", b"\\u0001"]))
    )
    value = value[:at] + inserted + value[at + data.draw(st.integers(0, 2)) :]
    assert said(read, topic, value) == said(decode, topic, value)


@pytest.mark.parametrize("topic", sorted(EVENTS))
@pytest.mark.parametrize(
    "more",
    [
        b'"event_id":"e2","event_id":"e3"',
        b'"unknown":' + b"[" * 5000 + b"]" * 5000,
        b'"unknown":' + b"[" * 201 + b"]" * 201,
        b'"unknown":' + b'{"a":' * 201 + b"0" + b"}" * 201,
        b'"unknown":' + b"9" * 4301,
        b'"x":NaN',
        b'"x":1e999',
    ],
)
def test_oddities_are_read_as_the_model_reads_them(topic: str, more: bytes) -> None:
    value = json.dumps(EVENTS[topic]).encode()[:-1] + b"," + more + b"}"
    assert said(read, topic, value) == said(decode, topic, value)


@pytest.mark.parametrize("topic", sorted(EVENTS))
@pytest.mark.parametrize("more", [b"[" * 200 + b"]" * 200, b"9" * 4300, b'"' + b"x" * 1000 + b'"'])
def test_what_is_just_not_too_much_is_taken(topic: str, more: bytes) -> None:
    value = json.dumps(EVENTS[topic]).encode()[:-1] + b',"unknown":' + more + b"}"
    assert said(read, topic, value) == said(decode, topic, value)
    assert said(read, topic, value)["type"] == (str, EVENTS[topic]["type"])


@pytest.mark.parametrize("topic", sorted(EVENTS))
def test_a_plain_event_is_read_without_the_models(topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "decode", None)
    assert said(read, topic, json.dumps(EVENTS[topic]).encode())["type"] == (str, EVENTS[topic]["type"])
