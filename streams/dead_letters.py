"""Dead letters: what could not be processed, whole, with where it stood and why (names as in KIP-1034)."""

from typing import NamedTuple

from streams import cloudevents
from streams.instant import rfc3339
from streams.origin import Origin, Source
from streams.runtime.records import Headers, Outgoing, Record

INVALID_EVENT = "invalid_event"
TOO_LARGE = "too_large"
LINKS_ARE_IMMUTABLE = "links_are_immutable"
CODES = ("invalid_json", INVALID_EVENT, "unknown_type", LINKS_ARE_IMMUTABLE, TOO_LARGE)
"""Every stable code (CONTRACT.md, "Events out")."""

_KIND = b"dead_letter"
_BYTES = ("content-type", b"application/octet-stream")
_ERRORS = tuple(
    f"__streams.errors.{name}" for name in ("topic", "partition", "offset", "exception", "message")
)
_TIME = "ce_time"


class Letter(NamedTuple):
    """A dead letter as `dead_letter` made it: the original, and why it was refused."""

    original: Origin
    code: str
    message: str


def dead_letter(topic: str, origin: Origin, code: str, message: str, now: int) -> Outgoing:
    """The record for `topic` that keeps `origin`: `code` is stable, `message` is for people; `now` in epoch
    milliseconds.
    """
    source = origin.source
    values = (
        source.topic.encode(),
        b"%d" % source.partition,
        b"%d" % source.offset,
        code.encode(),
        message.encode("utf-8", "replace"),
    )
    headers = cloudevents.complete(origin.headers, _added(source, rfc3339(now)))
    return Outgoing(topic, origin.key, origin.value, [*headers, *zip(_ERRORS, values, strict=True)])


def reason(letter: Outgoing) -> tuple[str, str]:
    """Of a record that `dead_letter` made: the full name of the topic that it is from, and its code."""
    topic, _, _, code, _ = errors(letter)
    return topic, code


def errors(letter: Outgoing) -> tuple[str, ...]:
    """Of a record that `dead_letter` made: topic, partition and offset of the source, code and message."""
    return tuple((value or b"").decode() for _, value in letter.headers[-len(_ERRORS) :])


def letter(record: Record) -> Letter | None:
    """What `dead_letter` was given; None for a record that is none of its making."""
    count = len(_ERRORS)
    errors = record.headers[-count:]
    if tuple(name for name, _ in errors) != _ERRORS:
        return None
    topic, partition, offset, code, message = (
        (value or b"").decode("utf-8", "replace") for _, value in errors
    )
    if not (partition.isdecimal() and offset.isdecimal()):
        return None
    source = Source(topic, int(partition), int(offset))
    headers = _without_added(record.headers[:-count], source)
    return Letter(Origin(source, record.key, record.value, headers), code, message)


def _added(source: Source, time: str) -> Headers:
    where = f"{source.topic}-{source.partition}-{source.offset}"
    return [*cloudevents.headers(_KIND, where, where.encode(), time)[:-1], _BYTES]


def _without_added(headers: Headers, source: Source) -> Headers:
    """The original's own headers: those that were missing stand behind them, in a known order."""
    own = list(headers)
    for name, value in reversed(_added(source, "")):
        if own and own[-1][0] == name and (name == _TIME or own[-1][1] == value):
            own.pop()
    return own
