"""Bad records, each with the code under which the contract refuses it, and odd ones that are good."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.chaos.traffic import Sent
from tests.support.events import decided, deleted, invited, moderated, posted, stocked

LIMIT = 262_144
Headers = list[tuple[str, bytes | None]]


class Specimen(NamedTuple):
    """A value in a topic; `code` is None where it is to be taken. `about` says what is odd."""

    about: str
    code: str | None
    topic: str
    value: bytes | None
    key: bytes | None = b"poison"
    headers: Headers = []  # noqa: RUF012 (never changed)

    @property
    def sent(self) -> Sent:
        """As a record to publish."""
        return Sent(self.topic, self.key, self.value, headers=self.headers)


_LEVEL: dict[str, Any] = stocked("poison-p", 3)
_POST: dict[str, Any] = posted("poison-v", "poison-p", creator="poison-c")
_DECISION: dict[str, Any] = decided("poison-p", "approved", creator="poison-c")
_INVITE: dict[str, Any] = invited("poison-p", 4_000_000_000_000, creator="poison-c")
_VERDICT: dict[str, Any] = moderated("poison-v", "approved", creator="poison-c")


def corpus() -> list[Specimen]:
    """All of them."""
    return [*_bytes(), *_json(), *_fields(), *_times(), *_sizes(), *_keys_and_headers(), *_good()]


def _level(**fields: Any) -> bytes:
    return json.dumps({**_LEVEL, **fields}, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _raw(more: bytes) -> bytes:
    """A level with more text before its last brace."""
    return _level()[:-1] + b"," + more + b"}"


def _bytes() -> Iterator[Specimen]:
    values: dict[str, bytes | None] = {
        "null": None,
        "empty": b"",
        "one blank": b" ",
        "NUL": b"\0",
        "NUL behind": _level() + b"\0",
        "not UTF-8": b'{"type":"\xff"}',
        "overlong UTF-8": _raw(b'"x":"\xc0\x80"'),
        "a surrogate in UTF-8": _raw(b'"x":"\xed\xa0\x80"'),
        "beyond Unicode": _raw(b'"x":"\xf4\x90\x80\x80"'),
        "cut in a character": _raw(b'"x":"\xe2\x82"'),
        "byte order mark": b"\xef\xbb\xbf" + _level(),
        "UTF-16": _level().decode().encode("utf-16"),
        "latin-1": _raw('"x":"\xe9"'.encode("latin-1")),
        "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
        "Avro": b"\x00\x00\x00\x00\x07\x06abc",
    }
    for about, value in values.items():
        yield Specimen(about, "invalid_json", "inventory", value)


def _json() -> Iterator[Specimen]:
    values = {
        "not JSON": b"{",
        "cut off": _level()[:-1],
        "two values": _level() + _level(),
        "a comma too many": _level()[:-1] + b",}",
        "single quotes": b"{'type':'inventory_level'}",
        "a comment": _level() + b"//",
        "NaN": _raw(b'"x":NaN'),
        "Infinity": _raw(b'"x":-Infinity'),
        "a leading zero": _raw(b'"x":01'),
        "a plus sign": _raw(b'"x":+1'),
        "hexadecimal": _raw(b'"x":0x1'),
        "a raw tab": _raw(b'"x":"\t"'),
        "half a surrogate pair": _raw(b'"x":"\\ud800"'),
        "a wrong escape": _raw(b'"x":"\\x41"'),
        "a form feed": _level() + b"\x0c",
        "deep arrays": _raw(b'"x":' + b"[" * 5_000 + b"]" * 5_000),
        "deep objects": _raw(b'"x":' + b'{"x":' * 5_000 + b"1" + b"}" * 5_000),
        "an open string": _level()[:-2],
    }
    for about, value in values.items():
        yield Specimen(about, "invalid_json", "inventory", value)
    for about, value in {"a number": b"1", "a string": b'"x"', "null": b"null", "an array": b"[]"}.items():
        yield Specimen(f"{about} instead of an object", "invalid_event", "seller-decisions", value)


def _fields() -> Iterator[Specimen]:
    yield from _invalid("inventory", _LEVEL, {"type": None}, {"type": 1}, {"type": ["inventory_level"]})
    for kind in ("weather", "", "INVENTORY_LEVEL", "video_posted", "stock_for_creator", "x" * 999):
        yield Specimen(f"type {kind[:20]!r}", "unknown_type", "inventory", _level(type=kind))
    yield from _invalid(
        "inventory",
        _LEVEL,
        *_each("available", -1, 1.0, 1.5, "3", True, None, [], 2**63, 10**40),
        *_each("product_id", "", "x" * 129, 7, None, "a\0b", "a\x7f", "a\x85", "tab\t"),
        *_each("event_id", "", 1, None, "\n", "x" * 129),
    )
    link = {"product_id": "poison-p"}
    yield from _invalid(
        "video-links",
        _POST,
        *_each("links", [], {}, None, [1], [{}], [link, link], "p", [{"product_id": ""}]),
        {"links": [{"product_id": f"p{number}"} for number in range(51)]},
        {"links": [{**link, "seller_approval": "maybe"}]},
        {"links": [{**link, "seller_id": 1}]},
        {"title": None},
        {"title": 1},
        {"video_id": "v\n"},
        {"creator_id": {}},
    )
    yield from _invalid(
        "seller-decisions", _DECISION, {"decision": "maybe"}, {"seller_contact": []}, {"reason": 1}
    )
    yield from _invalid("seller-decisions", _DECISION, {"seller_contact": {"email": 1}}, {"decision": None})
    yield from _invalid("moderation", _VERDICT, {"verdict": "ok"}, {"product_id": ""}, {"policy": []})
    yield from _invalid("invite-expiries", _INVITE, {"expires_at": None}, {"expires_at": "tomorrow"})


_MOMENTS: tuple[Any, ...] = (
    *(-1, 253_402_300_800_000, 1.5, "", None, True, []),
    *("2026-11-23", "2026-11-23T09:00:00", "2026-11-23 09:00:00Z", "2026-02-29T09:00:00Z"),
    *("2026-11-23T24:00:00Z", "2026-11-23T09:00:60Z", "2026-11-23T09:00:00+24:00", "2026-W48-1T09:00Z"),
    *("1969-12-31T23:59:59Z", "10000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
)


def _times() -> Iterator[Specimen]:
    yield from _invalid("inventory", _LEVEL, *_each("occurred_at", *_MOMENTS))


def _each(field: str, *values: Any) -> Iterator[dict[str, Any]]:
    return ({field: value} for value in values)


def _invalid(topic: str, event: dict[str, Any], *changes: dict[str, Any]) -> Iterator[Specimen]:
    for change in changes:
        value = json.dumps({**event, **change}).encode()
        yield Specimen(f"{topic} {str(change)[:60]}", "invalid_event", topic, value)


def _sizes() -> Iterator[Specimen]:
    for about, size in (("one byte too large", LIMIT + 1), ("as large as the topic takes", 1_000_000)):
        yield Specimen(about, "too_large", "video-links", padded(size))
    yield Specimen("too large and not JSON", "too_large", "moderation", b"{" * (LIMIT + 1))
    yield Specimen(
        "a number of 5,000 digits", "invalid_json", "inventory", _raw(b'"available":' + b"9" * 5_000)
    )


def padded(size: int) -> bytes:
    """A registration of exactly `size` bytes."""
    bare = {**posted("padded-v", "padded-p", creator="padded-c", event_id=f"padded-{size}"), "title": ""}
    return json.dumps({**bare, "title": "x" * (size - len(json.dumps(bare)))}).encode()


def _keys_and_headers() -> Iterator[Specimen]:
    keys: dict[str, bytes | None] = {
        "no key": None,
        "an empty key": b"",
        "a key that is not UTF-8": b"\xff\xfe",
    }
    keys |= {"a key of 100 KB": b"k" * 100_000, "a key with NUL": b"a\0b"}
    for about, key in keys.items():
        yield Specimen(about, "invalid_json", "inventory", b"{", key)
    headers: dict[str, Headers] = {
        "a header without a value": [("trace", None)],
        "a header twice": [("trace", b"1"), ("trace", b"2")],
        "our own headers": [("__streams.errors.exception", b"theirs"), ("__streams.source.topic", b"x")],
        "CloudEvents headers": [("ce_id", b"7"), ("ce_specversion", b"1.0"), ("content-type", b"text/x")],
        "500 headers": [(f"h{number}", b"v") for number in range(500)],
        "a header of 100 KB": [("large", b"\xff" * 100_000)],
        "a header with an odd name": [("né ", b"")],
    }
    for about, each in headers.items():
        yield Specimen(about, "invalid_json", "moderation", b"?", headers=each)


def _good() -> Iterator[Specimen]:
    yield Specimen("just the limit", None, "video-links", padded(LIMIT))
    yield Specimen("blanks around", None, "inventory", b" \r\n\t" + _level(event_id="blank") + b"\n")
    yield Specimen("a field twice: the last counts", None, "inventory", _raw(b'"available":0'))
    yield Specimen("depth that is read", None, "inventory", _raw(b'"x":' + b"[" * 190 + b"]" * 190))
    yield Specimen("ids of 128 emoji", None, "inventory", _level(product_id="\U0001f600" * 128))
    yield Specimen(
        "a leap second", None, "inventory", _level(event_id="leap", occurred_at="2016-12-31T23:59:60Z")
    )
    yield Specimen("an escaped pair", None, "inventory", _raw(b'"x":"\\ud83d\\ude00"'))
    gone = json.dumps(deleted("poison-gone", creator="poison-c")).encode()
    yield Specimen("deleted, never posted", None, "video-links", gone)
