"""The state of a video in the words of a language: the parts that several answers share."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from streams.domain import change as domain
from streams.domain.facets import Contact
from streams.domain.issues import BY_CODE
from streams.domain.labels import labels
from streams.domain.status import Counts, LinkStatus
from streams.domain.video import Video
from streams.queries import Entry
from streams.web import models, texts
from streams.web.language import Language
from streams.web.moments import moment


def summary(counts: Counts, language: Language) -> models.Summary:
    """Counts with their labels."""
    return models.Summary(**_summary(counts, language))


def in_list(entry: Entry, language: Language, zone: str) -> dict[str, Any]:
    """The fields of a `models.VideoInList`."""
    place, title, version, counts = entry
    return {
        **_summary(counts, language),
        "video_id": place.video_id,
        "title": title,
        "posted_at": moment(place.posted_at, zone),
        "version": version,
    }


def links(video: Video, contacts: Mapping[str, Contact | None], language: Language) -> list[models.Link]:
    """The links of a video with their issues."""
    sellers = {link.product_id: link.seller_id for link in video.links}
    return [
        models.Link(
            product_id=link.product_id,
            seller_id=sellers.get(link.product_id),
            status=link.status,
            status_text=language.text(texts.STATUS[link.status]),
            issues=issues(link, contacts.get(link.product_id), language),
        )
        for link in video.statuses
    ]


def issues(link: LinkStatus, contact: Contact | None, language: Language) -> list[models.Issue]:
    """The issues of a link, what to do included."""
    return [_issue(code, contact, language) for code in link.issues]


def link_issues(moved: Iterable[tuple[str, str]], language: Language) -> list[models.LinkIssue]:
    """Issues by product and code."""
    return [
        models.LinkIssue(product_id=product_id, code=code, title=language.text(BY_CODE[code].title))
        for product_id, code in moved
    ]


def change(creator_id: str, event_id: str, of: domain.Change, language: Language, zone: str) -> models.Change:
    """A change that is remembered."""
    fact, source = of.fact, of.fact.source
    return models.Change(
        type="video_status_changed",
        event_id=event_id,
        video_id=of.video_id,
        creator_id=creator_id,
        version=of.version,
        occurred_at=moment(of.occurred_at, zone),
        processed_at=moment(of.processed_at, zone),
        before=None if of.before is None else summary(of.before, language),
        after=None if of.after is None else summary(of.after, language),
        issues_added=link_issues(
            [(move.product_id, code) for move in of.moves for code in move.added], language
        ),
        issues_removed=link_issues(
            [(move.product_id, code) for move in of.moves for code in move.removed], language
        ),
        cause=models.Cause(
            type=fact.type,
            event_id=fact.event_id,
            text=language.text(texts.CAUSE[fact.type]),
            topic=source.topic,
            partition=source.partition,
            offset=source.offset,
        ),
    )


# Few videos differ in their counts, and a list shows fifty.
@lru_cache(maxsize=4096)
def _summary(counts: Counts, language: Language) -> Mapping[str, Any]:
    return {
        "status": counts.status,
        "in_review": counts.in_review,
        "need_attention": counts.need_attention,
        "labels": labels(counts, language.plural),
    }


def _issue(code: str, contact: Contact | None, language: Language) -> models.Issue:
    kind = BY_CODE[code]
    told = None
    if kind.tells_contact and contact is not None and contact != Contact():
        told = models.Contact(name=contact.name, email=contact.email, phone=contact.phone, url=contact.url)
    return models.Issue(
        code=code,
        title=language.text(kind.title),
        message=language.text(kind.message),
        recovery=kind.recovery,
        recovery_text=language.text(texts.RECOVERY[kind.recovery]),
        seller_contact=told,
    )
