"""`link-status doctor`."""

import click

from streams.commands import frame
from streams.doctor.examine import examine
from streams.doctor.finding import Finding, Level
from streams.settings import Settings
from streams.topics import Topics

_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


@click.command()
@frame.as_json
def doctor(as_json: bool) -> None:
    """Say whether a worker would do well here, and if not what to do.

    A line each, ok, warn or fail, on settings, disk, schema registry, broker, topics, rights and clock.
    Changes nothing.

    Exits with 1 if something fails.
    """
    levels = frame.run(_print(*frame.load(), as_json))
    if Level.FAIL in levels:
        raise SystemExit(frame.EXIT_REFUSED)


async def _print(settings: Settings, topics: Topics, as_json: bool) -> set[Level]:
    levels = set()
    async for finding in examine(settings, topics):
        levels.add(finding.level)
        click.echo(frame.as_line(finding._asdict()) if as_json else line(finding))
    return levels


def line(finding: Finding) -> str:
    """A finding for people."""
    level, about, what, do = finding
    head = click.style(f"{level:<5}", fg=_COLOURS[level], bold=True)
    return f"{head} {about:<9} {frame.printable(what)}" + (f"\n{'':<16}→ {do}" if do else "")
