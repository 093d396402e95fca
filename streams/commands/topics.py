"""`link-status topics`."""

from collections.abc import Sequence

import click

from streams import provision
from streams.commands import frame


@click.group()
def topics() -> None:
    """Create the topics, or check them."""


@topics.command()
def apply() -> None:
    """Create the topics that are missing; report those that differ, and leave them."""
    applied = frame.with_admin(provision.apply)
    for name in applied.created:
        click.echo(f"topic {name}: created")
    if applied.on_mock:
        click.echo("this broker is librdkafka's mock, which makes topics by itself, in its own way")
    else:
        _report(applied.differences)
    click.echo(f"{len(applied.created)} created, {_count(applied.differences)} as declared")


@topics.command()
def check() -> None:
    """Say whether a worker may start on the topics as they are, and what differs."""
    differences = frame.with_admin(provision.check)
    _report(differences)
    click.echo(f"a worker may start; {_count(differences)} as declared")


def _report(differences: Sequence[provision.Difference]) -> None:
    for difference in differences:
        click.echo(difference)


def _count(differences: Sequence[provision.Difference]) -> str:
    topics = len({difference.topic for difference in differences})
    return f"{topics} not" if topics else "all"
