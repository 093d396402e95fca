"""What is known of one facet of a link: a fact, or the default where there is none."""

from collections.abc import Sequence
from typing import NamedTuple

from streams.domain.facets import Application, Invite, Moderation, Stock
from streams.domain.facts import Fact

DECIDES = "decides"
MASKED = "masked"
SUPERSEDED = "superseded"
WAITING = "waiting"
CONFIRMS = "confirms"
CLEAR = "clear"
ROLES = (DECIDES, MASKED, SUPERSEDED, WAITING, CONFIRMS, CLEAR)

PENDING = "pending"
WITH_ISSUE = {
    "application": "rejected",
    "invite": "expired",
    "stock": "out_of_stock",
    "moderation": "violation",
}
WITHOUT = {"application": "approved", "invite": "active", "stock": "in_stock", "moderation": "approved"}


class Known(NamedTuple):
    """A fact, or without one the default of a facet.

    `scope` is what it is about: the product as this creator has it, the video, or the link; None where
    that is not known any more. `expires_at` in epoch milliseconds. Its part is `CLEAR` until it is given one.
    """

    facet: str
    scope: str | None
    value: str
    role: str = CLEAR
    fact: Fact | None = None
    reason: str | None = None
    expires_at: int | None = None


CHANGES = "changes"
LOG = "log"


class Told(NamedTuple):
    """Facts of a link of any age.

    From its video's `CHANGES`, only those that changed its status; or from the `LOG`, all. What came before
    `since` (epoch milliseconds) is not among them; None: from the beginning.
    """

    facts: Sequence[Known]
    source: str
    since: int | None


def of_application(application: Application) -> Known:
    """What a seller decided."""
    value = _value("application", not application.approved)
    return Known("application", "product", value, fact=application.fact, reason=application.reason)


def of_invite(invite: Invite) -> Known:
    """An invite, and when it ends."""
    value = _value("invite", invite.expired)
    return Known("invite", "product", value, fact=invite.fact, expires_at=invite.expires_at)


def of_stock(stock: Stock) -> Known:
    """Whether there are units."""
    return Known("stock", "product", _value("stock", not stock.available), fact=stock.fact)


def of_verdict(verdict: Moderation, scope: str) -> Known:
    """What moderation found in a video or a link."""
    told = ": ".join(filter(None, (verdict.policy, verdict.reason)))
    value = _value("moderation", verdict.violation)
    return Known("moderation", scope, value, fact=verdict.fact, reason=told or None)


def _value(facet: str, has_issue: bool) -> str:
    return (WITH_ISSUE if has_issue else WITHOUT)[facet]
