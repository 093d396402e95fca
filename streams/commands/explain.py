"""`link-status explain`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import click

from streams import fact_log, queries, reading, topology
from streams.commands import frame
from streams.commands.frame import printable
from streams.commands.moments import FORMS, Moment
from streams.commands.progress import Progress
from streams.domain import past
from streams.domain.known import Told
from streams.lookup import Lookup, Stored
from streams.queries import LinkId
from streams.security import connection
from streams.settings import Settings
from streams.topics import Name, Topics

if TYPE_CHECKING:
    from streams.web.models import Explanation, Fact


@click.command()
@click.argument("video", metavar="VIDEO", type=frame.Id())
@click.argument("product", metavar="PRODUCT", type=frame.Id())
@click.option(
    "--since",
    type=Moment(),
    help=f"Superseded facts only from records since: {FORMS}. By default all.",
)
@frame.as_json
def explain(video: str, product: str, since: int | None, as_json: bool) -> None:
    """Say why a link has its status: what is known of it, and where that stands.

    What stands is read from video-status and the changelogs, as a worker that takes over would restore it;
    what was superseded from the inputs, of which one partition each is read: no worker needs to run. Facts
    that no worker has processed yet are shown as waiting. Exits with 1 if there is no such link.
    """
    explained = frame.run(_explain(*frame.load(), video, product, since))
    if explained is None:
        raise click.ClickException(f"{printable(video)} {printable(product)}: there is no such link")
    click.echo(frame.in_json(explained.model_dump_json()) if as_json else page(explained))


class _Found(NamedTuple):
    """A link, its state, and the facts beside it."""

    link: LinkId
    stored: Stored
    told: Told


async def _explain(
    settings: Settings, topics: Topics, video: str, product: str, since: int | None
) -> "Explanation | None":
    # The API's models and texts take half a second to import, which the other commands need not wait for.
    from streams.web.explain import explanation
    from streams.web.language import ENGLISH, languages
    from streams.web.moments import UTC

    found = await _find(settings, topics, video, product, since)
    if found is None:
        return None
    link, (of, view), told = found
    return explanation(view, link, of, told, languages()[ENGLISH], UTC, topology.sources(topics))


async def _find(
    settings: Settings, topics: Topics, video: str, product: str, since: int | None
) -> _Found | None:
    kafka = connection(settings)
    routes = topology.routes(topics, settings.max_record_bytes)
    counts = await reading.counts(kafka, _needed(topics, routes))
    by_time = since is not None and await reading.knows_times(kafka)
    async with reading.reader(kafka) as consumer:
        with Progress(quiet=True) as progress:
            lookup = Lookup(consumer, topics, counts, progress)
            status = await lookup.status(video)
            if status is None:
                return None
            link = LinkId(status["creator_id"], video, product)
            stored = await lookup.stored(*link)
            if stored is None:
                return None
            homes = fact_log.homes(link, routes, counts)
            told = await fact_log.told(consumer, homes, link, since if by_time else None, progress)
    changes = past.facts(product, queries.history(stored.view, link.creator_id, stored.video))
    return _Found(link, stored, told._replace(facts=[*told.facts, *changes]))


def _needed(topics: Topics, routes: topology.RoutesOfSteps) -> list[str]:
    links = topology.links_step(topics)
    read = [topic for each in routes for topic in (*each.inputs, each.repartition)]
    return [topics.full_name(Name.VIDEO_STATUS), *(table.changelog for table in links.tables), *read]


def page(explained: "Explanation") -> str:
    """An explanation for people."""
    names = " ".join(map(printable, (explained.product_id, "in", explained.video_id)))
    lines = [f"{names}: {explained.status.replace('_', ' ')}", explained.text, ""]
    for fact in explained.facts:
        lines += _fact(fact)
    return "\n".join([*lines, "", _reach(explained.superseded.since)])


def _reach(since: str | None) -> str:
    return (
        "Superseded facts: all that the log ever held."
        if since is None
        else f"Superseded facts: from records since {since}; earlier ones only where they changed the link."
    )


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
