"""The four facets of a link, each the last fact about it (DESIGN.md, section 1)."""

from msgspec import Struct

from streams.domain.facts import Fact


class Contact(Struct, frozen=True, array_like=True, gc=False):
    """How a creator reaches the seller; what is unknown is None."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    url: str | None = None


class Application(Struct, frozen=True, array_like=True, gc=False):
    """The seller's decision on a creator's application to promote a product."""

    fact: Fact
    approved: bool
    reason: str | None = None
    contact: Contact | None = None


class Invite(Struct, frozen=True, array_like=True, gc=False):
    """A creator's invite for a product. `expired` is set when the deadline (epoch milliseconds) was seen to
    pass.
    """

    fact: Fact
    expires_at: int
    expired: bool


class Stock(Struct, frozen=True, array_like=True, gc=False):
    """Units available of a product."""

    fact: Fact
    available: int


class Moderation(Struct, frozen=True, array_like=True, gc=False):
    """A verdict on a video or on one link of it."""

    fact: Fact
    violation: bool
    policy: str | None = None
    reason: str | None = None
