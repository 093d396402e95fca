"""`link-status topics`."""

from collections.abc import Sequence

import click

from streams import admin, provision, startable
from streams.commands import frame
from streams.provision import Difference, Missing, WrongTopic
from streams.security import connection

_ON_MOCK = "this broker is librdkafka's mock, which makes topics by itself, in its own way"


@click.group()
def topics() -> None:
    """Create the topics that topics.yaml declares, or check them."""


@topics.command()
@frame.as_json
def plan(as_json: bool) -> None:
    """Say what `apply` would do; change nothing."""
    found = frame.with_admin(provision.plan)
    for each in found:
        line = _to_create(each) if isinstance(each, Missing) else str(each)
        click.echo(frame.as_line(_body(each)) if as_json else line)
    if not as_json:
        missing = [each for each in found if isinstance(each, Missing)]
        differing = {each.topic for each in found if isinstance(each, Difference)}
        click.echo(f"{len(missing)} to create, {len(differing)} differ and stay as they are")


@topics.command()
@frame.as_json
def apply(as_json: bool) -> None:
    """Create what is missing; report what differs.

    Topics that are there are never changed or deleted: that is for who knows what is in them.
    """
    applied = frame.with_admin(provision.apply)
    if as_json:
        for name in applied.created:
            click.echo(frame.as_line({"topic": name, "created": True}))
        for difference in applied.differences:
            click.echo(frame.as_line(_body(difference)))
        return
    for name in applied.created:
        click.echo(f"topic {name}: created")
    if applied.on_mock:
        click.echo(_ON_MOCK)
    else:
        _report(applied.differences)
    click.echo(f"{len(applied.created)} created, {_count(applied.differences)} as declared")


@topics.command()
@frame.as_json
def check(as_json: bool) -> None:
    """Say if a worker may start, and what differs.

    Exits with 0 if all is as declared, 3 if something differs with which a worker may start all the same,
    1 if none may.
    """
    settings, declared = frame.load()
    brokers = connection(settings)
    checking = admin.when_there(brokers, lambda client: startable.check(client, brokers, declared))
    try:
        differences = frame.run(checking)
    except WrongTopic as wrong:
        if as_json:
            click.echo(frame.as_line({"topic": wrong.topic, "refused": str(wrong)}))
        raise
    if as_json:
        for difference in differences:
            click.echo(frame.as_line(_body(difference)))
    else:
        _report(differences)
        click.echo(f"a worker may start; {_count(differences)} as declared")
    if differences:
        raise SystemExit(frame.EXIT_DIFFERS)


def _report(differences: Sequence[Difference]) -> None:
    for difference in differences:
        click.echo(difference)


def _count(differences: Sequence[Difference]) -> str:
    topics = len({difference.topic for difference in differences})
    return f"{topics} not" if topics else "all"


def _to_create(missing: Missing) -> str:
    configs = ", ".join(f"{name}={value}" for name, value in missing.declared.configs.items())
    return f"topic {missing.topic}: create with {missing.declared.partitions} partitions, {configs}"


def _body(each: Missing | Difference) -> dict[str, object]:
    if isinstance(each, Missing):
        declared = each.declared
        return {"topic": each.topic, "create": {"partitions": declared.partitions, **declared.configs}}
    return {"topic": each.topic, "what": each.what, "actual": each.actual, "declared": each.declared}
