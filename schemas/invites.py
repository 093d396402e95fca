"""invite-expiries: when a creator's invite for a product ends."""

from typing import Literal

from schemas.base import Fact, Id
from schemas.timestamps import Timestamp


class InviteExpiry(Fact):
    """The creator's invite for a product ends at `expires_at`, past or future; a later fact renews it."""

    type: Literal["invite_expiry"]
    creator_id: Id
    product_id: Id
    expires_at: Timestamp
    """When the invite ends or ended."""
