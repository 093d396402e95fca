"""CloudEvents 1.0 on Kafka: headers in binary mode, which we write; structured mode, which is read, too.

In binary mode the value is the event itself, and the headers are not needed to read it.
"""

from base64 import b64decode
from typing import Annotated, Literal

from msgspec import UNSET, Meta, MsgspecError, Raw, Struct, UnsetType
from msgspec.json import Decoder

from schemas.decode import InvalidEvent
from streams.runtime.records import Headers

_SPECVERSION = ("ce_specversion", b"1.0")
_SOURCE = ("ce_source", b"/link-status")
_JSON = ("content-type", b"application/json")
_STRUCTURED = b"application/cloudevents+json"
_Text = Annotated[str, Meta(min_length=1)]


class _Envelope(Struct):
    specversion: Literal["1.0"]
    id: _Text
    source: _Text
    type: _Text
    data: Raw | UnsetType = UNSET
    data_base64: str | UnsetType = UNSET


_envelope = Decoder(_Envelope).decode


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


def is_structured(own: Headers) -> bool:
    """Whether a record's content type says that its value is a whole CloudEvent as JSON."""
    for name, value in own:
        if name.lower() == "content-type":
            return (value or b"").partition(b";")[0].strip().lower() == _STRUCTURED
    return False


def data(value: bytes) -> bytes:
    """The event within a CloudEvent in structured mode. Raises InvalidEvent, naming the attribute."""
    try:
        envelope = _envelope(value)
        if envelope.data is not UNSET:
            return bytes(envelope.data)
        if envelope.data_base64 is not UNSET:
            return b64decode(envelope.data_base64, validate=True)
    except MsgspecError as error:
        raise InvalidEvent("invalid_event", f"CloudEvent: {error}") from None
    except ValueError as error:
        raise InvalidEvent("invalid_event", f"CloudEvent: data_base64: {error}") from None
    raise InvalidEvent("invalid_event", "CloudEvent: data: Field required")
