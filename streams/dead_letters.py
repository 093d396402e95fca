"""Dead letters: what could not be processed, whole, with where it stood and why (names as in KIP-1034)."""

from streams import cloudevents
from streams.instant import rfc3339
from streams.origin import Origin
from streams.runtime.records import Outgoing

TOO_LARGE = "too_large"
LINKS_ARE_IMMUTABLE = "links_are_immutable"

_KIND = b"dead_letter"
_BYTES = ("content-type", b"application/octet-stream")


def dead_letter(topic: str, origin: Origin, code: str, message: str, now: int) -> Outgoing:
    """The record for `topic` that keeps `origin`: `code` is stable, `message` is for people; `now` in epoch
    milliseconds.
    """
    source = origin.source
    where = f"{source.topic}-{source.partition}-{source.offset}"
    errors = [
        ("__streams.errors.topic", source.topic.encode()),
        ("__streams.errors.partition", b"%d" % source.partition),
        ("__streams.errors.offset", b"%d" % source.offset),
        ("__streams.errors.exception", code.encode()),
        ("__streams.errors.message", message.encode("utf-8", "replace")),
    ]
    added = [*cloudevents.headers(_KIND, where, where.encode(), rfc3339(now))[:-1], _BYTES]
    return Outgoing(topic, origin.key, origin.value, [*cloudevents.complete(origin.headers, added), *errors])
