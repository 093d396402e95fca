"""Which dead letters a command is about: the options that operators choose them by."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from functools import wraps
from typing import Any, NamedTuple

import click
from aiokafka import AIOKafkaConsumer

from streams import letters, reading
from streams.commands import frame
from streams.commands.moments import FORMS, Moment
from streams.dead_letters import CODES
from streams.letters import Place, Wanted
from streams.runtime.connection import Connection
from streams.security import connection
from streams.topics import Kind, Name, Topics


class Query(NamedTuple):
    """Which letters, on which broker."""

    connection: Connection
    topics: Topics
    wanted: Wanted

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[AIOKafkaConsumer, list[reading.Span]]]:
        """A consumer, and what stands there now of which some may be wanted, as soon as there is a broker.

        Raises NoTopic.
        """
        # These wait for a broker, which a consumer does not.
        places = await reading.partitions(self.connection, [self.topics.full_name(Name.DEAD_LETTERS)])
        by_time = self.wanted.since is not None and await reading.knows_times(self.connection)
        async with reading.reader(self.connection) as consumer:
            yield consumer, await letters.spans(consumer, places, self.wanted, by_time)

    @property
    def inputs(self) -> list[str]:
        """The topics from which letters come (full names)."""
        return inputs(self.topics)


class _Letter(click.ParamType):
    name = "letter"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Place:
        try:
            return value if isinstance(value, Place) else Place.parse(value)
        except ValueError as error:
            self.fail(str(error), param, context)


LETTER = _Letter()
"""The type of an argument that names a letter by its place."""


def filtered(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` the options that choose letters, as a `Query`."""

    @click.option("--code", "codes", multiple=True, type=click.Choice(CODES), help="Only with this code.")
    @click.option("--topic", "names", multiple=True, help="Only from this input, with or without prefix.")
    @click.option("--since", type=Moment(), help=f"Died since: {FORMS}.")
    @click.option("--until", type=Moment(), help="Died before, in the same forms.")
    @wraps(command)
    def asked(
        codes: Sequence[str], names: Sequence[str], since: int | None, until: int | None, **others: Any
    ) -> None:
        if since is not None and until is not None and since >= until:
            raise click.UsageError("--since is not before --until: nothing died in between")
        settings, topics = frame.load()
        wanted = Wanted(frozenset(), frozenset(codes), _full_names(topics, names), since, until)
        command(Query(connection(settings), topics, wanted), **others)

    return asked


def inputs(topics: Topics) -> list[str]:
    """Every topic that a step reads (full names)."""
    kinds = (Kind.SOURCE, Kind.INTERNAL, Kind.REPARTITION)
    return [topics.full_name(topic.name) for kind in kinds for topic in topics.of_kind(kind)]


def _full_names(topics: Topics, names: Iterable[str]) -> frozenset[str]:
    known = inputs(topics)
    full = {topic.name: topics.full_name(topic.name) for topic in topics}
    found = {name if name in known else full.get(name, name) for name in names}
    if unknown := found.difference(known):
        raise click.BadParameter(f"{', '.join(sorted(unknown))} is not among {', '.join(known)}")
    return frozenset(found)
