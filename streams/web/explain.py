"""Why a link has its status, told to the creator."""

from collections.abc import Mapping
from typing import Any

from streams import queries
from streams.domain import explain as domain
from streams.domain import past
from streams.domain.facts import Fact
from streams.domain.issues import BY_CODE
from streams.domain.known import Known, Told
from streams.domain.video import Video
from streams.queries import LinkId
from streams.runtime.view import View
from streams.web import models, shown, texts
from streams.web.language import Language
from streams.web.moments import moment
from streams.web.problems import not_found
from streams.web.routing import Asked
from streams.web.videos import seen


async def explain_link(asked: Asked) -> models.Explanation:
    """The rule, and what the tables know of the link."""
    link = LinkId(asked.creator_id, asked.ids["video_id"], asked.ids["product_id"])
    video = seen(asked.view, link.creator_id, link.video_id)
    history = queries.history(asked.view, link.creator_id, video)
    told = past.of_changes(link.product_id, video.version, history, asked.context.now())
    explained = explanation(asked.view, link, video, told, asked.language, asked.zone, asked.context.sources)
    if explained is None:
        raise not_found("link")
    return explained


def explanation(
    view: View,
    link: LinkId,
    video: Video,
    told: Told,
    language: Language,
    zone: str,
    sources: Mapping[str, str],
) -> models.Explanation | None:
    """The same for whoever has a view of the creator's state; None where the video has no such link.

    `sources`: the full name of the topic that has events of a type.
    """
    facets = queries.facets(view, link.creator_id, video, link.product_id)
    if facets is None:
        return None
    explained = domain.explain(video, facets, told.facts)
    status = explained.status
    since = None if told.since is None else moment(told.since, zone)
    return models.Explanation(
        **link._asdict(),
        version=video.version,
        status=status.status,
        status_text=language.text(texts.STATUS[status.status]),
        issues=shown.issues(status, facets.product.contact, language),
        rule=explained.rule,
        text=_rule(explained, language),
        facts=[_fact(known, language, zone, sources) for known in explained.known],
        superseded=models.Superseded(source=told.source, since=since),
    )


def _rule(explained: domain.Explanation, language: Language) -> str:
    if explained.status.issues:
        leading = language.text(BY_CODE[explained.status.issues[0]].title)
        return language.text(texts.RULE_ISSUE).format(issue=leading)
    return language.text(texts.RULE_PENDING.get(tuple(sorted(explained.pending)), texts.RULE_APPROVED))


def _fact(known: Known, language: Language, zone: str, sources: Mapping[str, str]) -> models.Fact:
    told = (texts.FACET[known.facet, known.value], texts.ROLE[known.role])
    return models.Fact(
        facet=known.facet,
        scope=known.scope,
        value=known.value,
        role=known.role,
        text=" ".join(language.text(text) for text in told),
        reason=known.reason,
        expires_at=None if known.expires_at is None else moment(known.expires_at, zone),
        **_record(known.fact, zone, sources),
    )


def _record(fact: Fact | None, zone: str, sources: Mapping[str, str]) -> dict[str, Any]:
    if fact is None:
        return {"type": None, "event_id": None, "occurred_at": None, "source": None}
    return {
        "type": fact.type,
        "event_id": fact.event_id,
        "occurred_at": moment(fact.occurred_at, zone),
        "source": models.Source(topic=sources[fact.type], partition=fact.partition, offset=fact.offset),
    }
