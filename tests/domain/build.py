"""Short ways to facts and facets."""

from streams.domain.facets import Application, Invite, Moderation, Stock
from streams.domain.facts import Fact


def fact(at: int, event_id: str = "e", offset: int = 0) -> Fact:
    return Fact(at, event_id, "seller_decision", 0, offset)


def application(approved: bool, at: int = 1) -> Application:
    return Application(fact(at), approved)


def invite(expired: bool, expires_at: int = 50, at: int = 1) -> Invite:
    return Invite(fact(at), expires_at, expired)


def stock(available: int, at: int = 1) -> Stock:
    return Stock(fact(at), available)


def verdict(violation: bool, at: int = 1, event_id: str = "e") -> Moderation:
    return Moderation(fact(at, event_id), violation)
