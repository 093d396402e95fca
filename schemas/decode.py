"""Bytes to events. Source of the codes: contract, "dead-letters"."""

from typing import Final, Literal

from pydantic import ValidationError
from pydantic_core import from_json

from schemas.base import Event
from schemas.registry import TOPICS, TopicSchema

Code = Literal["invalid_json", "invalid_event", "unknown_type"]

_VALIDATE: Final = {name: topic.adapter.validator.validate_json for name, topic in TOPICS.items()}
_N, _I = b"NI"


class InvalidEvent(ValueError):
    """A record that cannot be read. `code` is stable; `message` is short and names the field."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code: Code = code
        self.message = message


def decode(topic: str, value: bytes | None) -> Event:
    """The event in a record's value.

    In: the topic's name without prefix, a key of `TOPICS`, and the value as it came.
    Out: one of the topic's models. Raises `InvalidEvent` for whatever is not one, and nothing else.
    A tombstone is no event: `None` is `invalid_json`.
    """
    if value is None:
        raise InvalidEvent("invalid_json", "the value is null")
    try:
        event: Event = _VALIDATE[topic](value)
    except ValidationError as error:
        raise _reason(TOPICS[topic], value, error) from None
    # pydantic reads NaN and Infinity, RFC 8259 doesn't. One byte is found ten times faster than a word.
    if (_N in value and b"NaN" in value) or (_I in value and b"Infinity" in value):
        _strict_json(value)
    return event


def _strict_json(value: bytes) -> object:
    try:
        return from_json(value, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidEvent("invalid_json", str(error)) from None


def _reason(topic: TopicSchema, value: bytes, error: ValidationError) -> InvalidEvent:
    """Why validation failed; the value is read again, for bad records are rare."""
    try:
        content = _strict_json(value)
    except InvalidEvent as invalid:
        return invalid
    if not isinstance(content, dict):
        return InvalidEvent("invalid_event", "a JSON object expected")
    if topic.types:
        event_type = content.get("type")
        if not isinstance(event_type, str):
            return InvalidEvent("invalid_event", "type: a string expected")
        if event_type not in topic.types:
            expected = ", ".join(sorted(topic.types))
            return InvalidEvent("unknown_type", f"type: {event_type[:40]!r} is none of {expected}")
    return InvalidEvent("invalid_event", _describe(topic, error))


def _describe(topic: TopicSchema, error: ValidationError) -> str:
    """The first problem, as "links.0.product_id: Field required"."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    # A union's errors begin with the type; it is no field.
    path = first["loc"][len(topic.models) > 1 :]
    return f"{'.'.join(map(str, path))}: {first['msg']}"
