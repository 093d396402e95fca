"""`link-status worker`."""

import click

from streams import loading
from streams.commands import frame


@click.command()
def worker() -> None:
    """Process events until SIGTERM."""
    settings, _ = frame.load()
    # Faust takes a second to import, which the other commands need not wait for.
    with loading.more():
        from streams.worker import run

    run(settings)
