"""Why a link has its status, told to the creator."""

from typing import Any

from streams import queries
from streams.domain import explain as domain
from streams.domain.facts import Fact
from streams.domain.issues import BY_CODE
from streams.web import models, shown, texts
from streams.web.language import Language
from streams.web.moments import moment
from streams.web.problems import not_found
from streams.web.routing import Asked
from streams.web.videos import seen


async def explain_link(asked: Asked) -> models.Explanation:
    """The rule, and every fact that is known of the link."""
    video_id, product_id = asked.ids["video_id"], asked.ids["product_id"]
    video = seen(asked.view, asked.creator_id, video_id)
    facets = queries.facets(asked.view, asked.creator_id, video, product_id)
    if facets is None:
        raise not_found("link")
    history = queries.history(asked.view, asked.creator_id, video)
    explained = domain.explain(video, facets, history)
    status = explained.status
    return models.Explanation(
        creator_id=asked.creator_id,
        video_id=video_id,
        version=video.version,
        product_id=product_id,
        status=status.status,
        status_text=asked.language.text(texts.STATUS[status.status]),
        issues=shown.issues(status, facets.product.contact, asked.language),
        rule=explained.rule,
        text=_rule(explained, asked.language),
        facts=[_fact(known, asked) for known in explained.known],
    )


def _rule(explained: domain.Explanation, language: Language) -> str:
    if explained.status.issues:
        leading = language.text(BY_CODE[explained.status.issues[0]].title)
        return language.text(texts.RULE_ISSUE).format(issue=leading)
    return language.text(texts.RULE_PENDING.get(tuple(sorted(explained.pending)), texts.RULE_APPROVED))


def _fact(known: domain.Known, asked: Asked) -> models.Fact:
    told = (texts.FACET[known.facet, known.value], texts.ROLE[known.role])
    return models.Fact(
        facet=known.facet,
        scope=known.scope,
        value=known.value,
        role=known.role,
        text=" ".join(asked.language.text(text) for text in told),
        reason=known.reason,
        expires_at=None if known.expires_at is None else moment(known.expires_at, asked.zone),
        **_record(known.fact, asked.zone),
    )


def _record(fact: Fact | None, zone: str) -> dict[str, Any]:
    if fact is None:
        return {"type": None, "event_id": None, "occurred_at": None, "source": None}
    topic, partition, offset = fact.source.topic, fact.source.partition, fact.source.offset
    return {
        "type": fact.type,
        "event_id": fact.event_id,
        "occurred_at": moment(fact.occurred_at, zone),
        "source": models.Source(topic=topic, partition=partition, offset=offset),
    }
