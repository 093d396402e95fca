"""CloudEvents 1.0 headers in Kafka's binary mode."""

from streams.runtime.records import Headers

_SPECVERSION = ("ce_specversion", b"1.0")
_SOURCE = ("ce_source", b"/link-status")
_JSON = ("content-type", b"application/json")


def headers(kind: bytes, event_id: str, subject: bytes, time: str) -> list[tuple[str, bytes | None]]:
    """The headers of a JSON record: type, id, subject (its key) and time (RFC 3339)."""
    return [
        _SPECVERSION,
        ("ce_id", event_id.encode()),
        ("ce_type", kind),
        _SOURCE,
        ("ce_subject", subject),
        ("ce_time", time.encode()),
        _JSON,
    ]


def complete(own: Headers, missing: Headers) -> list[tuple[str, bytes | None]]:
    """A record's own headers as they came, and those of `missing` that it lacks."""
    present = {name.lower() for name, _ in own}
    return [*own, *(header for header in missing if header[0] not in present)]
