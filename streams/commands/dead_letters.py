"""`link-status dead-letters list` and `show`; `redrive` has a file of its own."""

import heapq
from collections import Counter

import click

from streams import letters, reading
from streams.commands import frame
from streams.commands import letter_view as view
from streams.commands.letter_query import LETTER, Query, filtered
from streams.commands.progress import Progress
from streams.commands.redrive import redrive
from streams.letters import Found, Place, Wanted
from streams.security import connection


@click.group("dead-letters")
def dead_letters() -> None:
    """Look at what could not be processed, and send it back.

    A letter is named by its place in the topic dead-letters, such as 3-120: partition and offset.
    """


@dead_letters.command("list")
@filtered
@click.option(
    "--limit",
    default=50,
    show_default=True,
    type=click.IntRange(min=0),
    help="Print the newest so many; 0: all of them.",
)
@frame.as_json
def list_letters(query: Query, limit: int, as_json: bool) -> None:
    """Print dead letters, a line each, and how many there are of what."""
    with Progress(quiet=True) as progress:
        counts = frame.run(_list(query, limit, as_json, progress))
    click.echo(view.summary(counts), err=True)


async def _list(query: Query, limit: int, as_json: bool, progress: Progress) -> view.Counts:
    counts: view.Counts = Counter()
    newest: list[tuple[int, Place, str]] = []
    async with query.open() as (consumer, spans):
        progress.stage("reading dead letters", reading.size(spans))
        async for found in letters.find(consumer, spans, query.wanted, progress.step):
            counts[found.letter.original.source.topic, found.letter.code] += 1
            text = frame.as_line(view.body(found)) if as_json else view.line(found)
            if not limit:
                click.echo(text)
                continue
            heapq.heappush(newest, (found.timestamp, found.place, text))
            if len(newest) > limit:
                heapq.heappop(newest)
    for _, _, text in sorted(newest):
        click.echo(text)
    return counts


@dead_letters.command()
@click.argument("place", metavar="LETTER", type=LETTER)
@click.option("--raw", is_flag=True, help="Print the value alone, byte by byte as it came.")
@frame.as_json
def show(place: Place, raw: bool, as_json: bool) -> None:
    """Print one dead letter whole.

    Where it came from, why it was refused, key, headers, value.
    """
    settings, topics = frame.load()
    found = frame.run(_one(Query(connection(settings), topics, Wanted(frozenset({place})))))
    if found is None:
        raise click.ClickException(f"{place}: there is no dead letter")
    if raw:
        click.echo(found.letter.original.value or b"", nl=False)
    else:
        click.echo(frame.as_line(view.whole(found)) if as_json else view.page(found))


async def _one(query: Query) -> Found | None:
    async with query.open() as (consumer, spans):
        async for found in letters.find(consumer, spans, query.wanted):
            return found
    return None


dead_letters.add_command(redrive)
