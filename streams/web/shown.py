"""The state of a video in the words of a language: the parts that several answers share."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from msgspec import Struct

from streams.changes import change_id
from streams.domain import change as domain
from streams.domain.facets import Contact
from streams.domain.issues import BY_CODE
from streams.domain.labels import labels
from streams.domain.status import Counts, LinkStatus, count
from streams.domain.video import Glance, Video
from streams.web import models, texts
from streams.web.language import Language
from streams.web.moments import moment


def summary(counts: Counts, language: Language) -> models.Summary:
    """Counts with their labels."""
    status, in_review, need_attention, labels_ = _summary(counts, language)
    return models.Summary(status=status, in_review=in_review, need_attention=need_attention, labels=labels_)


class InList(Struct, frozen=True, gc=False):
    """A `models.VideoInList`, made and encoded in a third of its time: a list has many."""

    status: str
    in_review: int
    need_attention: int
    labels: list[str]
    video_id: str
    title: str
    posted_at: str
    version: int


def in_list(posted_at: int, video_id: str, video: Video | Glance, language: Language, zone: str) -> InList:
    """A video as the list shows it."""
    counted = _summary(count(video.marks), language)
    return InList(*counted, video_id, video.title, moment(posted_at, zone), video.version)


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


def link_issues(issues: Iterable[domain.LinkIssue], language: Language) -> list[models.LinkIssue]:
    """Issues of links, with their titles."""
    return [
        models.LinkIssue(
            product_id=issue.product_id, code=issue.code, title=language.text(BY_CODE[issue.code].title)
        )
        for issue in issues
    ]


def change(creator_id: str, of: domain.Change, topic: str, language: Language, zone: str) -> models.Change:
    """A change that is remembered, and the full name of the topic that has its cause."""
    fact = of.fact
    return models.Change(
        type="video_status_changed",
        event_id=change_id(of.video_id, of.version, fact),
        video_id=of.video_id,
        creator_id=creator_id,
        version=of.version,
        occurred_at=moment(of.occurred_at, zone),
        processed_at=moment(of.processed_at, zone),
        before=None if of.before is None else summary(of.before, language),
        after=None if of.after is None else summary(of.after, language),
        issues_added=link_issues(domain.issues_added(of.moves), language),
        issues_removed=link_issues(domain.issues_removed(of.moves), language),
        cause=models.Cause(
            type=fact.type,
            event_id=fact.event_id,
            text=language.text(texts.CAUSE[fact.type]),
            topic=topic,
            partition=fact.partition,
            offset=fact.offset,
        ),
    )


# Few videos differ in their counts, and a list shows fifty.
@lru_cache(maxsize=4096)
def _summary(counts: Counts, language: Language) -> tuple[str, int, int, list[str]]:
    return counts.status, counts.in_review, counts.need_attention, labels(counts, language.plural)


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
