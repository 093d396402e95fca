"""`link-status watch`."""

import contextlib
import json
from collections.abc import AsyncIterator, Iterator

import click

from streams import reading, terminated
from streams.commands import frame
from streams.commands.frame import printable
from streams.commands.moments import FORMS, Moment
from streams.lookup import Body
from streams.security import connection
from streams.settings import Settings
from streams.topics import Name, Topics
from streams.wire_format import unframed


@click.command()
@click.option("--creator", type=frame.Id(), help="Only of this creator's videos.")
@click.option("--video", type=frame.Id(), help="Only of this video.")
@click.option("--since", type=Moment(), help=f"Also what was published since: {FORMS}.")
@frame.as_json
def watch(creator: str | None, video: str | None, since: int | None, as_json: bool) -> None:
    """Print each change of a status as it is published, until Ctrl-C or SIGTERM.

    Committed changes only, those of one video in order.
    """
    settings, topics = frame.load()
    asked = {"creator_id": creator, "video_id": video}
    wanted = {field: value for field, value in asked.items() if value is not None}
    with contextlib.suppress(KeyboardInterrupt, terminated.Terminated):
        terminated.run(_print(settings, topics, wanted, since, as_json))


async def _print(
    settings: Settings, topics: Topics, wanted: dict[str, str], since: int | None, as_json: bool
) -> None:
    async for change in _changes(settings, topics, since):
        if all(change[field] == value for field, value in wanted.items()):
            click.echo(frame.as_line(change) if as_json else "\n".join(lines(change)))


async def _changes(settings: Settings, topics: Topics, since: int | None) -> AsyncIterator[Body]:
    kafka = connection(settings)
    topic = topics.full_name(Name.VIDEO_STATUS_CHANGES)
    places = await reading.partitions(kafka, [topic])
    by_time = since is not None and await reading.knows_times(kafka)
    async with reading.reader(kafka) as consumer:
        spans = await reading.spans(consumer, places, since if by_time else None)
        starts = {tp: span.stop if since is None else span.start for tp, span in spans}
        click.echo(f"watching {topic}; Ctrl-C ends it", err=True)
        async for record in reading.follow(consumer, starts):
            if record.value and record.timestamp >= (since or 0):
                yield json.loads(unframed(record.value))


def lines(change: Body) -> Iterator[str]:
    """A change for people: the video and how it stands now, then what came and what went."""
    after = change["after"]
    now = "deleted" if after is None else ", ".join(after["labels"]) or "approved"
    ids = f"{printable(change['creator_id'])} {printable(change['video_id'])}"
    yield f"{change['processed_at']}  {ids}  version {change['version']}: {now}"
    for sign, moved in (("+", change["issues_added"]), ("-", change["issues_removed"])):
        yield from (f"    {sign} {printable(issue['product_id'])} {issue['code']}" for issue in moved)
    cause = change["cause"]
    yield f"    by {cause['type']} {printable(cause['event_id'])} of {change['occurred_at']}"
