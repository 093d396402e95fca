"""CloudEvents 1.0 headers in Kafka's binary mode."""

from streams.instant import rfc3339
from streams.runtime.records import Headers

SOURCE = b"/link-status"
_SPECVERSION = ("ce_specversion", b"1.0")
_SOURCE = ("ce_source", SOURCE)
_JSON = ("content-type", b"application/json")


def headers(kind: bytes, event_id: str, subject: str, time: int) -> list[tuple[str, bytes | None]]:
    """The headers of a JSON record: type, id, subject (its key) and time (epoch milliseconds)."""
    return [
        _SPECVERSION,
        ("ce_id", event_id.encode()),
        ("ce_type", kind),
        _SOURCE,
        ("ce_subject", subject.encode()),
        ("ce_time", rfc3339(time).encode()),
        _JSON,
    ]


def complete(own: Headers, missing: Headers) -> list[tuple[str, bytes | None]]:
    """A record's own headers as they came, and those of `missing` that it lacks."""
    present = {name.lower() for name, _ in own}
    return [*own, *(header for header in missing if header[0] not in present)]
