"""For operations: which links a product blocks, over all creators."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Annotated
from urllib.parse import quote

from pydantic import Field

from schemas.base import Id
from streams import queries
from streams.domain.status import APPROVED, IN_REVIEW, NEEDS_ATTENTION
from streams.runtime.view import View
from streams.web import models
from streams.web.located import nobody, settled
from streams.web.routing import Asked, Query

MOST_CREATORS = 500
# aiohttp reads a request line of up to 8,190 bytes, and an id may take 1,536.
_QUERY_BYTES = 4_096


class ProductLinksQuery(Query):
    """A page: so many creators, beyond the `cursor`."""

    limit: int = Field(100, ge=1, le=MOST_CREATORS)
    """How many creators a page is about at most."""

    cursor: Id | None = None
    """`next` of the page before."""


class CreatorsQuery(Query):
    """Creators whose state this worker has."""

    creator: Annotated[list[Id], Field(min_length=1, max_length=MOST_CREATORS)]
    """One of them; may be given several times."""


async def list_links(asked: Asked) -> models.ProductLinks:
    """The links of a product: who links it is known here, how the links stand where their creators are."""
    product_id = asked.ids["product_id"]
    limit = asked.query.limit
    creators = queries.creators_of(asked.view, product_id, asked.query.cursor or "", limit + 1)
    page = creators[:limit]
    found = await _gather(asked, product_id, page)
    return summed(product_id, found, page[-1] if len(creators) > limit else None)


async def list_links_here(asked: Asked) -> models.ProductLinks:
    """The same for named creators, all of them this worker's. Workers ask each other this."""
    product_id = asked.ids["product_id"]
    pages = []
    for creator_id in asked.query.creator:
        view = await settled(asked.context, creator_id)
        if not isinstance(view, View):
            raise nobody()
        pages.append(_of_creator(view, creator_id, product_id))
    return summed(product_id, pages, None)


def summed(
    product_id: str, pages: Sequence[models.ProductLinks], following: str | None
) -> models.ProductLinks:
    """Pages as one."""
    counts: Counter[str] = Counter()
    for page in pages:
        counts.update(page.counts)
    links = sorted(
        (link for page in pages for link in page.links), key=lambda link: (link.creator_id, link.video_id)
    )
    return models.ProductLinks(
        product_id=product_id,
        links=links,
        counts=dict(counts),
        approved=sum(page.approved for page in pages),
        in_review=sum(page.in_review for page in pages),
        need_attention=sum(page.need_attention for page in pages),
        next=following,
    )


async def _gather(asked: Asked, product_id: str, creators: Sequence[str]) -> list[models.ProductLinks]:
    elsewhere: dict[str, list[str]] = defaultdict(list)
    found = []
    for creator_id in creators:
        located = await settled(asked.context, creator_id)
        if isinstance(located, View):
            found.append(_of_creator(located, creator_id, product_id))
        else:
            elsewhere[located].append(creator_id)
    questions = [(url, some) for url, of_it in elsewhere.items() for some in _in_questions(of_it)]
    return found + await asyncio.gather(*(_ask(asked, product_id, url, some) for url, some in questions))


def _in_questions(creators: Sequence[str]) -> Iterator[list[str]]:
    """Creators by as many as one URL may name."""
    some: list[str] = []
    size = 0
    for creator_id in creators:
        length = len("&creator=") + len(quote(creator_id, safe=""))
        if some and size + length > _QUERY_BYTES:
            yield some
            some, size = [], 0
        some.append(creator_id)
        size += length
    if some:
        yield some


async def _ask(asked: Asked, product_id: str, url: str, creators: Sequence[str]) -> models.ProductLinks:
    query = [("creator", creator_id) for creator_id in creators]
    path = asked.request.rel_url.raw_path.removesuffix("/here") + "/here"
    answer = await asked.context.peers.get(asked.request, url, path, query)
    return models.ProductLinks.model_validate_json(answer)


def _of_creator(view: View, creator_id: str, product_id: str) -> models.ProductLinks:
    links = queries.links_of(view, creator_id, product_id)
    statuses = Counter(link.status.status for link in links)
    return models.ProductLinks(
        product_id=product_id,
        links=[
            models.BlockedLink(
                creator_id=creator_id, video_id=video_id, status=status.status, issues=list(status.issues)
            )
            for video_id, status in links
            if status.status != APPROVED
        ],
        counts=dict(Counter(code for link in links for code in link.status.issues)),
        approved=statuses[APPROVED],
        in_review=statuses[IN_REVIEW],
        need_attention=statuses[NEEDS_ATTENTION],
        next=None,
    )
