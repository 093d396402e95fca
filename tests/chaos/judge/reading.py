"""What the contract says of one record's bytes: an event, or the code under which it is refused.

Written from CONTRACT.md with the standard library alone: a mistake of `schemas` is not made here, too.
"""

import calendar
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Event = dict[str, Any]

INVALID_JSON = "invalid_json"
INVALID_EVENT = "invalid_event"
UNKNOWN_TYPE = "unknown_type"
TOO_LARGE = "too_large"

_INT64 = 2**63
_DEEPEST = 200
_LATEST = 253_402_300_799_999
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)


class Refused(Exception):
    """The record becomes a dead letter. `code` is the contract's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read(topic: str, value: bytes | None, limit: int) -> Event:
    """The event in a record of `topic` (without prefix), its times in epoch milliseconds.

    Raises Refused. `limit`: the most bytes that a value may have.
    """
    if value is not None and len(value) > limit:
        raise Refused(TOO_LARGE)
    content = _json(value)
    kind = content.get("type") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(kind, str):
        raise Refused(INVALID_EVENT)
    if kind not in _TYPES[topic]:
        raise Refused(UNKNOWN_TYPE)
    try:
        return {"type": kind} | _fields(content, _COMMON | _TYPES[topic][kind])
    except (KeyError, TypeError, ValueError):
        raise Refused(INVALID_EVENT) from None


def _json(value: bytes | None) -> Any:
    if not value:
        raise Refused(INVALID_JSON)
    try:
        content = _decode(value.decode("utf-8"))
        if b"\\u" in value:
            _check_unicode(content)
        if value.count(b"[") + value.count(b"{") >= _DEEPEST:
            _check_depth(content)
        return content
    except (ValueError, RecursionError):
        raise Refused(INVALID_JSON) from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_decode = json.JSONDecoder(parse_constant=_no_constant).decode


def _check_unicode(content: Any) -> None:
    """Raise ValueError where an escape left half a surrogate pair."""
    json.dumps(content, ensure_ascii=False).encode("utf-8")


def _check_depth(content: Any) -> None:
    """Raise ValueError where it nests deeper than pydantic reads (RFC 8259, 9: a parser may limit that)."""
    level, depth = [content], 0
    while level := [child for each in level for child in _children(each)]:
        depth += 1
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")


def _children(content: Any) -> Iterable[Any]:
    """What is nested in it: an empty list of an object or array counts as a level, too."""
    if isinstance(content, dict):
        return content.values() or (None,)
    return (content or (None,)) if isinstance(content, list) else ()


Read = Callable[[Any], Any]


def _fields(content: Mapping[str, Any], expected: Mapping[str, tuple[Read, bool]]) -> Event:
    """The fields that belong here; raises where one is missing or wrong."""
    found: Event = {}
    for name, (read_field, optional) in expected.items():
        value = content.get(name)
        if value is None and optional:
            continue
        if name not in content:
            raise KeyError(name)
        found[name] = read_field(value)
    return found


def _id(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 128 or _CONTROL.search(value):
        raise ValueError
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _units(value: Any) -> int:
    if type(value) is not int or not 0 <= value < _INT64:
        raise ValueError
    return value


def _one_of(*allowed: str) -> Read:
    def choose(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError
        return value

    return choose


def _time(value: Any) -> int:
    millis = value if type(value) is int else _rfc3339(_text(value))
    if not 0 <= millis <= _LATEST:
        raise ValueError
    return millis


def _rfc3339(text: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    off_hour, off_minute = int(match[9] or 0), int(match[10] or 0)
    if not (1 <= month <= 12 and 1 <= day <= calendar.monthrange(max(year, 1), month)[1] and year):
        raise ValueError
    if hour > 23 or minute > 59 or second > 60 or off_hour > 23 or off_minute > 59:
        raise ValueError
    offset = (off_hour * 60 + off_minute) * 60 * (-1 if match[8] == "-" else 1)
    epoch_s = calendar.timegm((year, month, day, hour, minute, second)) - offset
    if second == 60 and not _first_of_month(epoch_s):
        raise ValueError
    return epoch_s * 1000 + int((match[7] or "0").ljust(3, "0")[:3])


def _first_of_month(epoch_s: int) -> bool:
    """Whether this is a month's first second in UTC: a leap second is the one before it."""
    if not 0 <= epoch_s <= _LATEST // 1000:
        raise ValueError
    moment = time.gmtime(epoch_s)
    return (moment.tm_mday, moment.tm_hour, moment.tm_min, moment.tm_sec) == (1, 0, 0, 0)


def _contact(value: Any) -> Event:
    if not isinstance(value, dict):
        raise TypeError
    return _fields(value, dict.fromkeys(("name", "email", "phone", "url"), (_text, True)))


def _links(value: Any) -> list[Event]:
    if not isinstance(value, list) or not 1 <= len(value) <= 50:
        raise ValueError
    links = [_fields(link, _LINK) if isinstance(link, dict) else _fields({}, _LINK) for link in value]
    if len({link["product_id"] for link in links}) < len(links):
        raise ValueError
    return links


_NEEDED, _OPTIONAL = False, True
_LINK = {
    "product_id": (_id, _NEEDED),
    "seller_id": (_id, _OPTIONAL),
    "seller_approval": (_one_of("required", "not_required"), _OPTIONAL),
}
_COMMON = {"event_id": (_id, _NEEDED), "occurred_at": (_time, _NEEDED)}
_CREATOR: dict[str, tuple[Read, bool]] = {"creator_id": (_id, _NEEDED)}
_PRODUCT = {"product_id": (_id, _NEEDED)}
_VIDEO: dict[str, tuple[Read, bool]] = {**_CREATOR, "video_id": (_id, _NEEDED)}
_TYPES: dict[str, dict[str, dict[str, tuple[Read, bool]]]] = {
    "video-links": {
        "video_posted": {**_VIDEO, "title": (_text, _NEEDED), "links": (_links, _NEEDED)},
        "video_deleted": _VIDEO,
    },
    "seller-decisions": {
        "seller_decision": {
            **_CREATOR,
            **_PRODUCT,
            "decision": (_one_of("approved", "rejected"), _NEEDED),
            "reason": (_text, _OPTIONAL),
            "seller_contact": (_contact, _OPTIONAL),
        }
    },
    "invite-expiries": {"invite_expiry": {**_CREATOR, **_PRODUCT, "expires_at": (_time, _NEEDED)}},
    "moderation": {
        "moderation_verdict": {
            **_VIDEO,
            "product_id": (_id, _OPTIONAL),
            "verdict": (_one_of("approved", "violation"), _NEEDED),
            "policy": (_text, _OPTIONAL),
            "reason": (_text, _OPTIONAL),
        }
    },
    "inventory": {"inventory_level": {**_PRODUCT, "available": (_units, _NEEDED)}},
}
