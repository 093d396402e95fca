"""`link-status status`."""

from collections.abc import Iterator, Mapping

import click

from streams import reading
from streams.commands import frame
from streams.commands.frame import printable
from streams.commands.progress import Progress
from streams.lookup import Body, Lookup
from streams.security import connection
from streams.settings import Settings
from streams.topics import Name, Topics
from streams.web.texts import RECOVERY


@click.command()
@click.argument("video", metavar="VIDEO", type=frame.Id())
@frame.as_json
def status(video: str, as_json: bool) -> None:
    """Print the status of a video and of its links.

    It is the latest record of video-status, read from Kafka: no worker needs to run. Exits with 1 if there is
    no such video, or no more.
    """
    body = frame.run(_status(*frame.load(), video))
    if body is None:
        raise click.ClickException(f"{printable(video)}: there is no such video, or it was deleted")
    click.echo(frame.as_line(body) if as_json else page(body))


async def _status(settings: Settings, topics: Topics, video: str) -> Body | None:
    kafka = connection(settings)
    counts = await reading.counts(kafka, [topics.full_name(Name.VIDEO_STATUS)])
    async with reading.reader(kafka) as consumer:
        with Progress(quiet=True) as progress:
            return await Lookup(consumer, topics, counts, progress).status(video)


def page(body: Body) -> str:
    """A record of video-status for people."""
    return "\n".join(
        [
            f"{printable(body['title']) or '(no title)'}",
            f"video {printable(body['video_id'])} of {printable(body['creator_id'])}, "
            f"posted {body['posted_at']}; version {body['version']}, updated {body['updated_at']}",
            ", ".join(body["labels"]) or "all product links are approved",
            *(line for link in body["links"] for line in _link(link)),
        ]
    )


def _link(link: Body) -> Iterator[str]:
    yield f"  {printable(link['product_id'])}  {link['status'].replace('_', ' ')}"
    for issue in link["issues"]:
        yield f"    {issue['code']}: {issue['message']} {RECOVERY.get(issue['recovery'], '')}"
        if contact := issue.get("seller_contact"):
            yield f"    seller: {contact_line(contact)}"


def contact_line(contact: Mapping[str, str | None]) -> str:
    """How to reach a seller."""
    return ", ".join(printable(text) for text in contact.values() if text)
