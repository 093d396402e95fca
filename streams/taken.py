"""What is kept of an event that is about one facet."""

from schemas.decisions import SellerDecision
from schemas.invites import InviteExpiry
from schemas.moderation import ModerationVerdict
from streams.domain.facets import Application, Contact, Invite, Moderation
from streams.domain.facts import Fact

# A video's records tell of up to 50 links, and must fit into their topics.
_LONGEST_TEXT = 1_000


def application(event: SellerDecision, fact: Fact) -> Application:
    """A seller's decision."""
    given = event.seller_contact
    told = None if given is None else Contact(*map(_cut, (given.name, given.email, given.phone, given.url)))
    return Application(fact, event.decision == "approved", _cut(event.reason), told)


def invite(event: InviteExpiry, fact: Fact, now: int) -> Invite:
    """An invite as it is at `now` (epoch milliseconds)."""
    return Invite(fact, event.expires_at, event.expires_at <= now)


def verdict(event: ModerationVerdict, fact: Fact) -> Moderation:
    """A verdict on a video or on one link of it."""
    return Moderation(fact, event.verdict == "violation", _cut(event.policy), _cut(event.reason))


def _cut(text: str | None) -> str | None:
    """Free text, as much of it as is kept."""
    return None if text is None else text[:_LONGEST_TEXT]
