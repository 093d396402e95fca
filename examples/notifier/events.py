"""What the notifier reads of `video-status-changes` and `video-status`; fields it has no use for are ignored.

Codes and statuses are plain text, so that one that is new tomorrow is told too, in the record's own words.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from msgspec import DecodeError, Struct, ValidationError
from msgspec.json import Decoder

AUTOMATIC = "automatic"
APPROVED = "approved"

_FRAME_BYTES = 5
"""What a schema registry's serializer puts before a value: 0, and the id of the schema."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

T = TypeVar("T")


class Contact(Struct, frozen=True, omit_defaults=True):
    """How to reach the seller, as far as known."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    url: str | None = None


class SeenIssue(Struct, frozen=True):
    """What is wrong with a link, as published."""

    code: str
    recovery: str
    message: str
    seller_contact: Contact | None = None


class SeenLink(Struct, frozen=True):
    """A link, as published."""

    product_id: str
    status: str
    issues: tuple[SeenIssue, ...]


class Change(Struct, frozen=True):
    """A record of `video-status-changes`; `after` is None once the video is deleted."""

    video_id: str
    creator_id: str
    version: int
    occurred_at: datetime | int
    after: dict[str, object] | None
    links: tuple[SeenLink, ...]

    @property
    def at(self) -> int:
        """When the fact behind it happened, in epoch milliseconds."""
        return _millis(self.occurred_at)


class Status(Struct, frozen=True):
    """A record of `video-status`."""

    video_id: str
    creator_id: str
    title: str
    version: int
    updated_at: datetime | int
    links: tuple[SeenLink, ...]

    @property
    def at(self) -> int:
        """When it was published, in epoch milliseconds."""
        return _millis(self.updated_at)


class Unreadable(ValueError):
    """A record that is not what its topic is said to carry; its text names the field."""


def change(value: bytes | None) -> Change:
    """A change from a record's value; raises Unreadable."""
    return _read(_CHANGE.decode, value)


def status(value: bytes) -> Status:
    """A status from a record's value, which is no tombstone; raises Unreadable."""
    return _read(_STATUS.decode, value)


_CHANGE = Decoder(Change)
_STATUS = Decoder(Status)


def _read(decode: Callable[[bytes], T], value: bytes | None) -> T:
    if value is None:
        raise Unreadable("the value is null")
    try:
        return decode(value[_FRAME_BYTES:] if value[:1] == b"\0" else value)
    except (ValidationError, DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from None


def _millis(moment: datetime | int) -> int:
    if isinstance(moment, int):
        return moment
    return round((moment - _EPOCH).total_seconds() * 1000)
