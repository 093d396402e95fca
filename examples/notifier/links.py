"""What is known of a link, what its creator was told of it, and what is to be told now. Pure.

Decisions compare what stands with what was told, not one event with the next: however often a record is read
again, and whatever came and went in between, the creator ends up knowing what is true.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from examples.notifier.events import APPROVED, AUTOMATIC, Contact, SeenIssue, SeenLink
from examples.notifier.rules import Rules

Kind = Literal["issue", "restored", "approved"]


class Moment(Struct, frozen=True, array_like=True):
    """When something happened (upstream's clock), when the notifier read of it, and in which version of the
    video. Times in epoch milliseconds.
    """

    since: int
    noticed: int
    version: int


class Issue(Struct, frozen=True, omit_defaults=True):
    """An issue that stands."""

    code: str
    automatic: bool
    message: str
    began: Moment
    contact: Contact | None = None


class Link(Struct, frozen=True, omit_defaults=True):
    """A link and what was told of it."""

    product_id: str
    status: str
    began: Moment
    """Of the status."""
    issues: tuple[Issue, ...] = ()
    told: tuple[str, ...] = ()
    """Codes that the creator was told, until told that the link is back."""
    outages: tuple[int, ...] = ()
    """When the last outages were told, as many as are limited."""
    approval_told: bool = False


class News(NamedTuple):
    """What is to be told: from when on, and whether it may not wait for the next digest."""

    kind: Kind
    at: int
    urgent: bool
    began: Moment
    issue: Issue | None = None


def observe(known: Link | None, seen: SeenLink, moment: Moment) -> Link:
    """The link after what was read of it; what is new began at `moment`."""
    stood = {issue.code: issue.began for issue in known.issues} if known else {}
    issues = tuple(_issue(issue, stood.get(issue.code, moment)) for issue in seen.issues)
    if known is None:
        return Link(seen.product_id, seen.status, moment, issues)
    began = known.began if known.status == seen.status else moment
    return replace(known, status=seen.status, began=began, issues=issues)


def take_as_told(link: Link) -> Link:
    """What stands when the notifier first starts, its creator knows already."""
    codes = tuple(issue.code for issue in link.issues)
    return replace(link, told=codes, approval_told=link.status == APPROVED)


def news(link: Link, rules: Rules) -> list[News]:
    """What is to be told of a link, now or later."""
    if link.issues:
        return [_broken(issue, link, rules) for issue in link.issues if issue.code not in link.told]
    soon = link.began.noticed + rules.gather
    if link.told:
        return [News("restored", soon, True, link.began)]
    if link.status == APPROVED and not link.approval_told:
        return [News("approved", soon, False, link.began)]
    return []


def after_telling(link: Link, said: Sequence[News], now: int, rules: Rules) -> Link:
    """The link after `said`, of its news, was told at `now`."""
    issues = [each.issue for each in said if each.issue]
    if not issues:
        return replace(link, told=(), approval_told=link.approval_told or link.status == APPROVED)
    outages = (now,) if any(issue.automatic for issue in issues) else ()
    kept = (*link.outages, *outages)[-rules.outage_limit :]
    return replace(link, told=(*link.told, *(issue.code for issue in issues)), outages=kept)


def _issue(seen: SeenIssue, began: Moment) -> Issue:
    return Issue(seen.code, seen.recovery == AUTOMATIC, seen.message, began, seen.seller_contact)


def _broken(issue: Issue, link: Link, rules: Rules) -> News:
    if not issue.automatic:
        return News("issue", issue.began.noticed + rules.gather, True, issue.began, issue)
    at = issue.began.since + rules.outage_wait
    if len(link.outages) >= rules.outage_limit:
        at = max(at, link.outages[-rules.outage_limit] + rules.outage_window)
    return News("issue", at, False, issue.began, issue)
