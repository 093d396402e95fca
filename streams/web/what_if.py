"""What would change if something happened: the step itself, run on what is stored, writing nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

from msgspec.json import Encoder
from pydantic import BaseModel, ConfigDict, Field

from schemas.base import Count, Id
from schemas.decisions import SellerContact
from schemas.timestamps import Timestamp
from streams import keys, queries
from streams.domain.change import issues_added, issues_removed, moves
from streams.domain.facets import Contact
from streams.domain.status import count
from streams.domain.video import Video
from streams.runtime.records import Headers
from streams.topics import Name
from streams.web import models, shown
from streams.web.located import here
from streams.web.routing import Asked, Shown
from streams.web.videos import seen

MOST_FACTS = 20
_AT_ONCE = 16
_MOST_TRIES = 3
_LONGEST_TEXT = 1_000

_encode = Encoder().encode
_Text = Annotated[str, Field(max_length=_LONGEST_TEXT)]


class _Hypothetical(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Decision(_Hypothetical):
    """The seller decides on the application for a product."""

    type: Literal["seller_decision"]
    product_id: Id
    decision: Literal["approved", "rejected"]
    reason: _Text | None = None
    seller_contact: SellerContact | None = None


class Invite(_Hypothetical):
    """An invite ends at `expires_at`; one that has passed has expired."""

    type: Literal["invite_expiry"]
    product_id: Id
    expires_at: Timestamp


class Verdict(_Hypothetical):
    """Moderation decides on a video, or on one link of it."""

    type: Literal["moderation_verdict"]
    video_id: Id
    product_id: Id | None = None
    verdict: Literal["approved", "violation"]
    policy: _Text | None = None
    reason: _Text | None = None


class Stock(_Hypothetical):
    """So many units of a product are available."""

    type: Literal["inventory_level"]
    product_id: Id
    available: Count


Hypothesis = Annotated[Decision | Invite | Verdict | Stock, Field(discriminator="type")]

_TOPICS = {
    "seller_decision": Name.SELLER_DECISIONS,
    "invite_expiry": Name.INVITE_EXPIRIES,
    "moderation_verdict": Name.MODERATION,
    "inventory_level": Name.STOCK_BY_CREATOR,
}


class WhatIf(BaseModel):
    """Facts that have not happened; they are taken to happen now, one after the other."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    facts: Annotated[list[Hypothesis], Field(min_length=1, max_length=MOST_FACTS)]


class _Record(NamedTuple):
    """A `streams.runtime.records.Record` that no broker has."""

    offset: int
    timestamp: int
    key: bytes
    value: bytes
    headers: Headers = ()


class _Changed(NamedTuple):
    video_id: str
    before: Video
    after: Video


async def what_if(asked: Asked) -> models.Outcomes:
    """The creator's videos that would change, as they would be."""
    facts: Sequence[Any] = asked.body.facts
    for fact in facts:
        if isinstance(fact, Verdict):
            seen(asked.view, asked.creator_id, fact.video_id)
    now = asked.context.now()
    records = []
    for place, fact in enumerate(facts):
        topic = asked.context.inputs[_TOPICS[fact.type]]
        records.append({topic: [_record(topic, asked.creator_id, fact, place, now)]})
    # One millisecond a fact: the later of two on the same facet stands.
    changed, tables = await _rehearsed(asked, records, now + len(facts))
    return models.Outcomes(creator_id=asked.creator_id, videos=await _outcomes(asked, changed, tables))


async def _rehearsed(
    asked: Asked, records: Sequence[Mapping[str, Sequence[_Record]]], at: int
) -> tuple[list[_Changed], Any]:
    """What changes, and the tables as they would be. Raises 503 when the state goes elsewhere meanwhile."""
    changed: list[_Changed] = []
    tables: Any = None
    with asked.context.bells.listen(asked.creator_id) as bell:
        for _ in range(_MOST_TRIES):
            bell.clear()
            for each in asked.view.rehearse(asked.context.build, records, at):
                tables = each
                await _yield(asked)
            changed = _changed(asked, tables)
            if not bell.is_set():
                break
            # What came meanwhile is in some of it, and would be taken for what the facts change.
    return changed, tables


async def _yield(asked: Asked) -> None:
    """A product of many videos holds up nobody else."""
    await asyncio.sleep(0)
    here(asked.context, asked.creator_id)


def _record(topic: str, creator_id: str, fact: _Hypothetical, place: int, now: int) -> _Record:
    event = {
        **fact.model_dump(exclude_none=True),
        "creator_id": creator_id,
        "event_id": f"what-if-{place}",
        "occurred_at": now + place,
    }
    if isinstance(fact, Stock):
        # As the step by product tells creators of it.
        event |= {"type": "stock_for_creator", "cause": {"topic": topic, "partition": 0, "offset": place}}
    return _Record(place, now, creator_id.encode(), _encode(event))


async def _outcomes(asked: Asked, changed: Sequence[_Changed], tables: Any) -> list[models.Outcome]:
    outcomes = []
    for place, each in enumerate(changed, 1):
        outcomes.append(_outcome(asked, each, tables))
        if place % _AT_ONCE == 0:
            await _yield(asked)
    return outcomes


def _changed(asked: Asked, tables: Any) -> list[_Changed]:
    start, stop = keys.span(asked.creator_id)
    # Deadlines of other creators may have come as well, which is none of this one's business.
    written = [key for key in tables["videos"].written if start <= key < stop]
    found = []
    for key in written:
        video_id = keys.split(key)[1]
        before = queries.video(asked.view, asked.creator_id, video_id)
        after: Video = tables["videos"].get(key)
        if before is not None and before.visible and before.statuses != after.statuses:
            found.append(_Changed(video_id, before, after))
    return found


def _outcome(asked: Asked, changed: _Changed, tables: Any) -> models.Outcome:
    video_id, before, after = changed
    moved = moves(before.statuses, after.statuses)
    contacts: dict[str, Contact | None] = {
        link.product_id: product.contact
        for link in after.statuses
        if (product := tables["products"].get(keys.pair(asked.creator_id, link.product_id)))
    }
    return models.Outcome(
        video_id=video_id,
        title=after.title,
        before=shown.summary(count(before.marks), asked.language),
        after=shown.summary(count(after.marks), asked.language),
        links=shown.links(after, contacts, asked.language),
        issues_added=shown.link_issues(issues_added(moved), asked.language),
        issues_removed=shown.link_issues(issues_removed(moved), asked.language),
    )


class WhatIfQuery(Shown):
    """The time zone of the times in the answer."""
