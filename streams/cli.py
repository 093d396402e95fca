"""The command `link-status`.

Exit codes: 0 done, or a worker stopped by SIGTERM; 1 the broker refused, or a topic is wrong; 2 a wrong
setting, declaration or usage; 143 SIGTERM came before a `topics` command was done.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import click
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams import admin, provision, terminated
from streams.schema_registry import RegistryRefused
from streams.settings import Settings, WrongSetting
from streams.topics import Topics, WrongDeclaration

T = TypeVar("T")

EXIT_REFUSED = 1
EXIT_WRONG_SETTING = 2
EXIT_TERMINATED = 143  # 128 + SIGTERM, as a shell reports it

MISTAKES = (WrongSetting, WrongDeclaration)
REFUSALS = (admin.Refused, provision.WrongTopic, RegistryRefused, KafkaError)


class _Commands(click.Group):
    """Says what went wrong in plain words instead of a traceback."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (*MISTAKES, *REFUSALS) as error:
            click.echo(f"link-status: {error}", err=True)
            context.exit(EXIT_WRONG_SETTING if isinstance(error, MISTAKES) else EXIT_REFUSED)


@click.group(cls=_Commands)
@click.version_option(package_name="product-link-status", message="%(prog)s %(version)s")
def main() -> None:
    """Tell creators at once what happens to the product links of their videos.

    Settings come from the environment (LINK_STATUS_...) or from .env in the working directory.
    """


@main.command()
def worker() -> None:
    """Process events until SIGTERM."""
    settings = _settings()
    # Faust takes a second to import, which the other commands need not wait for.
    from streams.worker import run

    run(settings)


@main.group()
def topics() -> None:
    """Create the topics, or check them."""


@topics.command("apply")
def apply_topics() -> None:
    """Create the topics that are missing; report those that differ, and leave them."""
    applied = _with_broker(provision.apply)
    for name in applied.created:
        click.echo(f"topic {name}: created")
    if applied.on_mock:
        click.echo("this broker is librdkafka's mock, which makes topics by itself, in its own way")
    else:
        _report(applied.differences)
    click.echo(f"{len(applied.created)} created, {_count(applied.differences)} as declared")


@topics.command("check")
def check_topics() -> None:
    """Say whether a worker may start on the topics as they are, and what differs."""
    differences = _with_broker(provision.check)
    _report(differences)
    click.echo(f"a worker may start; {_count(differences)} as declared")


def _report(differences: Sequence[provision.Difference]) -> None:
    for difference in differences:
        click.echo(difference)


def _count(differences: Sequence[provision.Difference]) -> str:
    topics = len({difference.topic for difference in differences})
    return f"{topics} not" if topics else "all"


def _settings() -> Settings:
    settings = Settings.load()
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(message)s")
    return settings


def _with_broker(work: Callable[[AIOKafkaAdminClient, Topics], Awaitable[T]]) -> T:
    settings = _settings()
    declared = Topics.load(settings.topic_prefix)
    try:
        return terminated.run(
            admin.when_there(settings.bootstrap_servers, lambda client: work(client, declared))
        )
    except terminated.Terminated:
        raise SystemExit(EXIT_TERMINATED) from None


if __name__ == "__main__":
    main()
