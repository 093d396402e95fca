"""`link-status explain`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from streams import reading, topology
from streams.commands import frame
from streams.commands.frame import printable
from streams.commands.progress import Progress
from streams.lookup import Lookup
from streams.security import connection
from streams.settings import Settings
from streams.topics import Name, Topics

if TYPE_CHECKING:
    from streams.web.models import Explanation, Fact


@click.command()
@click.argument("video", metavar="VIDEO")
@click.argument("product", metavar="PRODUCT")
@frame.as_json
def explain(video: str, product: str, as_json: bool) -> None:
    """Say why a link has its status: what is known of it, and where that stands.

    It is read from video-status and the changelogs, as a worker that takes over would restore them: no
    worker needs to run. Exits with 1 if there is no such link.
    """
    explained = frame.run(_explain(*frame.load(), video, product))
    if explained is None:
        raise click.ClickException(f"{printable(video)} {printable(product)}: there is no such link")
    click.echo(explained.model_dump_json() if as_json else page(explained))


async def _explain(settings: Settings, topics: Topics, video: str, product: str) -> "Explanation | None":
    # The API's models and texts take half a second to import, which the other commands need not wait for.
    from streams.web.explain import Link, explanation
    from streams.web.language import ENGLISH, languages
    from streams.web.moments import UTC

    kafka = connection(settings)
    counts = await reading.counts(kafka, _needed(topics))
    async with reading.reader(kafka) as consumer:
        with Progress(quiet=True) as progress:
            lookup = Lookup(consumer, topics, counts, progress)
            status = await lookup.status(video)
            if status is None:
                return None
            known = await lookup.known(status["creator_id"], video, product)
    if known is None:
        return None
    link = Link(status["creator_id"], video, product)
    return explanation(known.view, link, known.video, languages()[ENGLISH], UTC)


def _needed(topics: Topics) -> list[str]:
    links = next(spec for spec in topology.steps(topics, 0) if spec.name == topology.LINKS)
    return [topics.full_name(Name.VIDEO_STATUS), *(table.changelog for table in links.tables)]


def page(explained: "Explanation") -> str:
    """An explanation for people."""
    names = " ".join(map(printable, (explained.product_id, "in", explained.video_id)))
    lines = [f"{names}: {explained.status.replace('_', ' ')}", explained.text, ""]
    for fact in explained.facts:
        lines += _fact(fact)
    return "\n".join(lines)


def _fact(fact: "Fact") -> Iterator[str]:
    yield f"{fact.facet:<12} {fact.value:<13} {fact.role:<11} {fact.text}"
    if fact.reason:
        yield f"{'':<13}reason: {printable(fact.reason)}"
    if fact.expires_at:
        yield f"{'':<13}expires {fact.expires_at}"
    if fact.source:
        place = f"{fact.source.topic}-{fact.source.partition}-{fact.source.offset}"
        event = f"{fact.type} {printable(fact.event_id or '')}"
        yield f"{'':<13}{event} of {fact.occurred_at}, {printable(place)}"
