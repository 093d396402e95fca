"""`link-status dead-letters redrive`."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import NamedTuple

import click
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from streams import letters, reading
from streams import redrive as redriving
from streams.commands import frame
from streams.commands import letter_view as view
from streams.commands.letter_query import LETTER, Query, filtered
from streams.commands.progress import Progress
from streams.letters import Place, Wanted
from streams.redrive import Outcome

_AT_ONCE = 500
_BYTES_AT_ONCE = 8 << 20


@click.command()
@filtered
@click.argument("places", metavar="[LETTER]...", type=LETTER, nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All letters: needed when nothing narrows them down.")
@click.option(
    "--limit",
    default=10_000,
    show_default=True,
    type=click.IntRange(min=0),
    help="At most so many letters; 0: all of them.",
)
@click.option(
    "--max-attempts",
    default=3,
    show_default=True,
    type=click.IntRange(min=0),
    help="Leave those redriven so often before.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@frame.as_json
def redrive(
    query: Query,
    places: tuple[Place, ...],
    everything: bool,
    limit: int,
    max_attempts: int,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Send dead letters back to where they came from.

    Key, value, headers and partition are as they came; the header __streams.redrive.attempts counts how
    often. Letters stay where they are, so a second redrive sends them again: facts that were taken change
    nothing then, and what is bad dies again.

    Exits with 1 when some were left, or were not there.
    """
    query = query._replace(wanted=query.wanted._replace(places=frozenset(places)))
    if query.wanted == Wanted() and not everything:
        raise click.UsageError(
            "name letters, narrow them down (--code, --topic, --since, --until), or say --all"
        )
    order = Order(query, limit, max_attempts, dry_run, as_json)
    ask = not (dry_run or yes)
    spans, counts = frame.run(order.look(count=ask))
    if ask:
        order.ask(counts)
    _conclude(order, frame.run(order.carry_out(spans)))


class Done:
    """How many letters were redriven (or would be), how many were left, and which that were named not met."""

    def __init__(self, missing: Iterable[Place]) -> None:
        self.sent = self.left = 0
        self.missing = set(missing)

    def count(self, outcome: Outcome) -> None:
        """One more."""
        self.missing.discard(outcome.found.place)
        self.left += outcome.left is not None
        self.sent += outcome.left is None


class Order(NamedTuple):
    """A redrive as the operator asked for it."""

    query: Query
    limit: int
    max_attempts: int
    dry_run: bool
    as_json: bool

    async def look(self, count: bool) -> tuple[list[reading.Span], view.Counts]:
        """What stands there, and if they are to be counted how many of what are wanted.

        It is fixed now, so that what is asked about is what is sent, and letters that die again are not met.
        """
        counts: view.Counts = Counter()
        async with self.query.open() as (consumer, spans):
            if count:
                with Progress(quiet=True) as progress:
                    progress.stage("counting", reading.size(spans))
                    async for found in letters.find(consumer, spans, self.query.wanted, progress.step):
                        counts[found.letter.original.source.topic, found.letter.code] += 1
        return spans, counts

    def ask(self, counts: view.Counts) -> None:
        """Have the operator confirm. Not within an event loop, where Ctrl-C would not be heard meanwhile."""
        click.echo(view.summary(counts), err=True)
        number = min(self.limit or counts.total(), counts.total())
        click.confirm(f"redrive {number:,} of them?", abort=True, err=True)

    async def carry_out(self, spans: Sequence[reading.Span]) -> Done:
        """Redrive what is wanted of `spans`."""
        connection = self.query.connection
        counts = await reading.counts(connection, self.query.inputs)
        async with reading.reader(connection) as consumer:
            if self.dry_run:
                return await self._each(consumer, spans, counts, None)
            async with redriving.new_producer(connection) as producer:
                return await self._each(consumer, spans, counts, producer)

    async def _each(
        self,
        consumer: AIOKafkaConsumer,
        spans: Sequence[reading.Span],
        partitions: Mapping[str, int],
        producer: AIOKafkaProducer | None,
    ) -> Done:
        done = Done(self.query.wanted.places)

        def tell(outcome: Outcome) -> None:
            done.count(outcome)
            click.echo(
                frame.as_line(view.outcome_body(outcome)) if self.as_json else view.outcome_line(outcome)
            )

        try:
            async for planned in self._planned(consumer, spans, partitions):
                if producer is not None:
                    await redriving.send(producer, planned, tell)
                    continue
                for outcome in planned:
                    tell(outcome)
        except asyncio.CancelledError:
            if producer is not None:
                told = f"stopped: {done.sent:,} redriven, and perhaps the next of each partition"
                click.echo(told, err=True)
            raise
        return done

    async def _planned(
        self, consumer: AIOKafkaConsumer, spans: Sequence[reading.Span], partitions: Mapping[str, int]
    ) -> AsyncIterator[list[Outcome]]:
        planned: list[Outcome] = []
        number = size = 0
        async for found in letters.find(consumer, spans, self.query.wanted):
            if self.limit and number == self.limit:
                break
            number += 1
            size += len(found.letter.original.value or b"")
            planned.append(redriving.plan(found, partitions, self.max_attempts))
            if len(planned) == _AT_ONCE or size >= _BYTES_AT_ONCE:
                yield planned
                planned, size = [], 0
        if planned:
            yield planned


def _conclude(order: Order, done: Done) -> None:
    """Say what was done and what was not; the latter exits with 1."""
    reached = order.limit > 0 and done.sent + done.left == order.limit
    # Beyond the limit nothing was looked at.
    missing = [] if reached else sorted(done.missing)
    for place in missing:
        click.echo(f"{place}: there is no such dead letter", err=True)
    would = "would be " if order.dry_run else ""
    limit = ", and --limit was reached" if reached else ""
    click.echo(f"{done.sent:,} {would}redriven, {done.left:,} left{limit}", err=True)
    if done.left or missing:
        raise SystemExit(frame.EXIT_REFUSED)
