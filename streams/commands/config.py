"""`link-status config`."""

from typing import NamedTuple

import click

from streams import setting_sources
from streams.commands import frame
from streams.settings import Settings, masked


class Effective(NamedTuple):
    """A setting as it is in force."""

    name: str
    value: str
    source: str


@click.group()
def config() -> None:
    """Look at the settings."""


@config.command()
@frame.as_json
def show(as_json: bool) -> None:
    """Print every setting in force, and where each came from.

    Secrets are masked.
    """
    for each in effective(Settings.load()):
        click.echo(frame.as_line(each._asdict()) if as_json else _line(each))


def effective(settings: Settings) -> list[Effective]:
    """All settings, in the order of their class. None of the values is a secret."""
    sources = setting_sources.given(Settings)
    return [
        Effective(name, masked(getattr(settings, field)), setting_sources.origin(name, sources))
        for field, name in setting_sources.names(Settings).items()
    ]


def _line(each: Effective) -> str:
    return f"{f'{each.name}={frame.printable(each.value)}':<56} # {each.source}"
