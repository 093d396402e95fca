"""`link-status dead-letters redrive`."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
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
@click.option("--limit", default=10_000, show_default=True, help="At most so many letters.")
@click.option("--max-attempts", default=3, show_default=True, help="Leave those redriven so often before.")
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

    Exits with 1 when some were left.
    """
    query = query._replace(wanted=query.wanted._replace(places=frozenset(places)))
    if query.wanted == Wanted() and not everything:
        raise click.UsageError(
            "name letters, narrow them down (--code, --topic, --since, --until), or say --all"
        )
    order = Order(query, limit, max_attempts, dry_run, yes, as_json)
    sent, left = frame.run(order.carry_out())
    reached = ", and --limit was reached" if sent + left == limit else ""
    click.echo(f"{sent:,} {'would be ' if dry_run else ''}redriven, {left:,} left{reached}", err=True)
    if left:
        raise SystemExit(frame.EXIT_REFUSED)


class Order(NamedTuple):
    """A redrive as the operator asked for it."""

    query: Query
    limit: int
    max_attempts: int
    dry_run: bool
    yes: bool
    as_json: bool

    async def carry_out(self) -> tuple[int, int]:
        """Returns how many were redriven (or would be), and how many were left."""
        connection = self.query.connection
        async with reading.reader(connection) as consumer:
            # Fixed now, so that what is asked about is what is sent, and letters that die again are not met.
            spans = await self.query.spans(consumer)
            if not self.dry_run and not self.yes:
                self._ask(await self._count(consumer, spans))
            inputs = await reading.partitions(connection, self.query.inputs)
            counts = Counter(topic for topic, _ in inputs)
            if self.dry_run:
                return await self._each(consumer, spans, counts, None)
            async with redriving.new_producer(connection) as producer:
                return await self._each(consumer, spans, counts, producer)

    async def _count(self, consumer: AIOKafkaConsumer, spans: Sequence[reading.Span]) -> view.Counts:
        counts: view.Counts = Counter()
        with Progress(quiet=True) as progress:
            progress.stage("counting", reading.size(spans))
            async for found in letters.find(consumer, spans, self.query.wanted, progress.step):
                counts[found.letter.original.source.topic, found.letter.code] += 1
        return counts

    def _ask(self, counts: view.Counts) -> None:
        click.echo(view.summary(counts), err=True)
        number = min(self.limit, counts.total())
        click.confirm(f"redrive {number:,} of them?", abort=True, err=True)

    async def _each(
        self,
        consumer: AIOKafkaConsumer,
        spans: Sequence[reading.Span],
        partitions: Counter[str],
        producer: AIOKafkaProducer | None,
    ) -> tuple[int, int]:
        sent = left = 0
        async for planned in self._planned(consumer, spans, partitions):
            for outcome in planned if producer is None else await redriving.send(producer, planned):
                click.echo(
                    frame.as_line(view.outcome_body(outcome)) if self.as_json else view.outcome_line(outcome)
                )
                left += outcome.left is not None
                sent += outcome.left is None
        return sent, left

    async def _planned(
        self, consumer: AIOKafkaConsumer, spans: Sequence[reading.Span], partitions: Counter[str]
    ) -> AsyncIterator[list[Outcome]]:
        planned: list[Outcome] = []
        number = size = 0
        async for found in letters.find(consumer, spans, self.query.wanted):
            if number == self.limit:
                break
            number += 1
            size += len(found.letter.original.value or b"")
            planned.append(redriving.plan(found, partitions, self.max_attempts))
            if len(planned) == _AT_ONCE or size >= _BYTES_AT_ONCE:
                yield planned
                planned, size = [], 0
        if planned:
            yield planned
