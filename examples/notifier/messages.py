"""A notification as it is kept and sent."""

from hashlib import blake2b

from msgspec import Struct

from examples.notifier.digest import Item


class Message(Struct, frozen=True):
    """What one creator is told at once. `id` is the same however often it is sent: receivers dedupe by it."""

    id: str
    creator_id: str
    created_at: int
    """Epoch milliseconds."""
    locale: str
    subject: str
    text: str
    items: tuple[Item, ...]


class NotDelivered(Exception):
    """A channel could not deliver, or does not know that it did; its text says why. It is tried again."""


def message_id(creator_id: str, items: tuple[Item, ...]) -> str:
    """The same id for the same news, also when it is decided again from an older copy of the state."""
    parts = [creator_id]
    for item in items:
        parts += [item.kind, item.video_id, item.product_id, str(item.version), str(item.since), item.code]
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
