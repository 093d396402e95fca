"""dead-letters: what cannot be processed, whole, with where it stood and why."""

import msgspec.json
import pytest

from streams.domain.video import VERDICTS_KEPT
from tests.support.events import decided, free, moderated, posted, stocked
from tests.support.simulation import LIMIT, Simulation
from tests.support.sinks import changes, dead_letters


def padded(size: int) -> bytes:
    """A valid registration of exactly `size` bytes."""
    bare = len(msgspec.json.encode(posted("v1", "p1", title="")))
    return msgspec.json.encode(posted("v1", "p1", title="x" * (size - bare)))


BAD: dict[str, tuple[str, bytes | None, str]] = {
    "null": ("video-links", None, "invalid_json"),
    "empty": ("video-links", b"", "invalid_json"),
    "not JSON": ("moderation", b"{", "invalid_json"),
    "not UTF-8": ("moderation", b'{"type":"\xff"}', "invalid_json"),
    "NaN": ("inventory", b'{"type":"inventory_level","available":NaN}', "invalid_json"),
    "half a surrogate pair": (
        "video-links",
        b'{"type":"video_deleted","video_id":"\\ud800"}',
        "invalid_json",
    ),
    "no object": ("seller-decisions", b"[1]", "invalid_event"),
    "no type": ("seller-decisions", b"{}", "invalid_event"),
    "type is no string": ("seller-decisions", b'{"type":1}', "invalid_event"),
    "unknown type": ("inventory", b'{"type":"weather"}', "unknown_type"),
    "type of another topic": ("moderation", msgspec.json.encode(stocked("p1", 1)), "unknown_type"),
    "a field is missing": ("invite-expiries", b'{"type":"invite_expiry","event_id":"e"}', "invalid_event"),
    "no links": ("video-links", msgspec.json.encode(posted("v1")), "invalid_event"),
    "an id with a control character": (
        "video-links",
        msgspec.json.encode(posted("v\0", "p")),
        "invalid_event",
    ),
    "too large": ("video-links", padded(LIMIT + 1), "too_large"),
    "too large and not JSON": ("video-links", b"{" * (LIMIT + 1), "too_large"),
}


@pytest.mark.parametrize(("topic", "value", "code"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("prefix", ["", "shop-"])
def test_a_bad_record_is_kept_whole(topic: str, value: bytes | None, code: str, prefix: str) -> None:
    simulation = Simulation(prefix=prefix)
    simulation.publish(topic, b"filler", b"", partition=3)
    sent = simulation.publish(
        topic, b"\xffkey", value, [("trace", b"\x00\xff"), ("empty", None)], partition=3
    )
    simulation.pump()
    (letter,) = (letter for letter in dead_letters(simulation) if letter.offset == sent.offset)
    assert (letter.key, letter.value) == (b"\xffkey", value)
    assert (letter.topic, letter.partition, letter.offset) == (f"{prefix}{topic}", 3, 1)
    assert letter.code == code
    assert letter.message
    assert (letter.headers["trace"], letter.headers["empty"]) == (b"\x00\xff", None)
    assert len(dead_letters(simulation)) == 2


NAMED: dict[str, tuple[str, str]] = {
    "null": ("invalid_json", "the value is null"),
    "empty": ("invalid_json", "line 1 column 0"),
    "not JSON": ("invalid_json", "line 1 column 1"),
    "not UTF-8": ("invalid_json", "line 1 column 10"),
    "no type": ("invalid_event", "type: "),
    "unknown type": ("unknown_type", "type: 'weather' is none of inventory_level"),
    "a field is missing": ("invalid_event", "occurred_at: "),
    "no links": ("invalid_event", "links: "),
    "an id with a control character": ("invalid_event", "event_id: "),
    "too large": ("too_large", f"{LIMIT + 1} bytes, more than {LIMIT}"),
}


@pytest.mark.parametrize("case", NAMED)
def test_the_message_says_where_it_is_wrong(case: str) -> None:
    topic, value, _ = BAD[case]
    simulation = Simulation()
    simulation.publish(topic, b"k", value, partition=3)
    simulation.pump()
    (letter,) = dead_letters(simulation)
    code, named = NAMED[case]
    assert (letter.code, letter.message.count(named)) == (code, 1)


def test_a_field_deep_inside_is_named_by_its_path() -> None:
    simulation = Simulation()
    links = [free("p1"), {"product_id": "p2", "seller_id": 7}]
    simulation.tell(posted("v1", *links))
    (letter,) = dead_letters(simulation)
    assert letter.message.startswith("links.1.seller_id: ")


def test_a_registration_that_loses_names_its_video() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1", at=10), posted("v1", "p2", at=11))
    (letter,) = dead_letters(simulation)
    assert (letter.code, letter.message.split(" ")[:2]) == ("links_are_immutable", ["video_id:", "'v1'"])


def test_verdicts_on_ever_more_links_that_a_video_has_not_are_refused() -> None:
    simulation = Simulation()
    strays = (moderated("v1", "violation", product=f"p{number}") for number in range(VERDICTS_KEPT + 2))
    simulation.tell(*strays)
    letters = dead_letters(simulation)
    assert {(letter.code, letter.message.split(" ")[0]) for letter in letters} == {
        ("invalid_event", "product_id:")
    }
    assert len(letters) == 2
    refused = f"p{VERDICTS_KEPT}"
    simulation.tell(posted("v1", "late", "p1", refused), moderated("v1", "violation", product="late"))
    assert len(dead_letters(simulation)) == 2
    after = changes(simulation)[-1]["after"]
    assert (after["need_attention"], after["in_review"]) == (2, 1)


def test_a_record_of_just_the_limit_is_taken() -> None:
    simulation = Simulation()
    simulation.publish("video-links", b"c1", padded(LIMIT))
    simulation.pump()
    assert dead_letters(simulation) == []
    assert len(changes(simulation)) == 1


def test_cloudevents_headers_stay_and_missing_ones_are_added() -> None:
    simulation = Simulation()
    own: list[tuple[str, bytes | None]] = [
        ("ce_id", b"7"),
        ("ce_source", b"/shop"),
        ("content-type", b"text/x"),
    ]
    simulation.publish("moderation", None, b"?", own, partition=1)
    simulation.pump()
    (record,) = simulation.out("dead-letters")
    assert list(record.headers)[:3] == own
    names = [name for name, _ in record.headers]
    assert sorted(names) == sorted(set(names))
    headers = dead_letters(simulation)[0].headers
    assert headers["ce_specversion"] == b"1.0"
    assert {"ce_type", "ce_subject", "ce_time"} <= headers.keys()


def test_a_key_that_is_missing_stays_missing() -> None:
    simulation = Simulation()
    simulation.publish("inventory", None, b"?", partition=2)
    simulation.pump()
    assert dead_letters(simulation)[0].key is None


def test_what_upstream_calls_by_our_names_stays_before_ours() -> None:
    simulation = Simulation()
    simulation.publish("inventory", b"k", b"?", [("__streams.errors.exception", b"theirs")])
    simulation.pump()
    (record,) = simulation.out("dead-letters")
    assert [value for name, value in record.headers if name == "__streams.errors.exception"] == [
        b"theirs",
        b"invalid_json",
    ]


def test_the_others_of_its_batch_are_processed() -> None:
    simulation = Simulation()
    simulation.send(posted("v1", "p1"))
    simulation.publish("seller-decisions", b"c1", b"{")
    simulation.send(decided("p1", "rejected"))
    simulation.publish("seller-decisions", b"c1", b"}")
    simulation.pump()
    assert len(changes(simulation)) == 2
    assert [letter.offset for letter in dead_letters(simulation)] == [0, 2]


TRAILS: dict[str, list[tuple[str, bytes | None]]] = {
    "none": [],
    "the key only": [("key", b"k")],
    "an unknown topic": [("topic", b"no-such"), ("partition", b"0"), ("offset", b"0")],
    "no number": [("topic", b"video-links"), ("partition", b"x"), ("offset", b"0")],
    "no topic": [("topic", None), ("partition", b"0"), ("offset", b"0")],
    "not UTF-8": [("topic", b"\xff"), ("partition", b"0"), ("offset", None)],
}


@pytest.mark.parametrize("trail", TRAILS.values(), ids=TRAILS)
@pytest.mark.parametrize("topic", ["events-by-creator", "events-by-product"])
def test_a_record_that_somebody_else_put_into_a_repartition_topic(
    topic: str, trail: list[tuple[str, bytes | None]]
) -> None:
    simulation = Simulation()
    headers = [(f"__streams.source.{name}", value) for name, value in trail]
    simulation.publish(topic, b"c1", msgspec.json.encode(posted("v1", "p1")), headers, partition=0)
    simulation.tell(posted("v2", "p1"))
    (letter,) = dead_letters(simulation)
    assert (letter.code, letter.topic, letter.offset) == ("invalid_event", topic, 0)
    assert len(changes(simulation, "v2")) == 1


def test_what_was_rerouted_and_cannot_be_read_any_more_is_a_letter_of_its_source() -> None:
    simulation = Simulation()
    trail = [("topic", b"video-links"), ("partition", b"2"), ("offset", b"7"), ("key", b"k")]
    headers = [(f"__streams.source.{name}", value) for name, value in trail]
    simulation.publish("events-by-creator", b"c1", b"{", headers, partition=0)
    simulation.tell(posted("v2", "p1"))
    (letter,) = dead_letters(simulation)
    assert (letter.code, letter.topic, letter.partition, letter.offset, letter.key) == (
        "invalid_json",
        "video-links",
        2,
        7,
        b"k",
    )
    assert len(changes(simulation, "v2")) == 1


@pytest.mark.parametrize("topic", ["stock-subscriptions", "stock-by-creator"])
def test_a_bad_record_in_an_internal_topic(topic: str) -> None:
    simulation = Simulation()
    simulation.publish(topic, b"k", b"{}")
    simulation.tell(posted("v1", "p1"))
    assert [(letter.code, letter.topic) for letter in dead_letters(simulation)] == [("invalid_event", topic)]
    assert len(changes(simulation)) == 1
