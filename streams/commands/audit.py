"""`link-status audit`."""

import json
import tempfile
from pathlib import Path
from typing import Any

import click

from streams import admin, reading
from streams.audit.audit import audit as look
from streams.audit.differences import Difference
from streams.audit.group import group
from streams.audit.report import Report
from streams.audit.system import System
from streams.commands import findings, frame
from streams.commands.progress import Progress
from streams.provision import check
from streams.security import connection
from streams.settings import Settings
from streams.topics import Topics


@click.command()
@click.option(
    "--work-dir",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Where to keep what is folded, about 2 KB a link; by default where temporary files go.",
)
@frame.as_json
def audit(work_dir: Path | None, as_json: bool) -> None:
    """Prove that the state is right, or say what differs.

    Folds the input log anew, apart from the program that workers run. Reads committed records only, writes
    nothing to Kafka, and does not touch the workers' directories. What differs is looked at again until work
    that is on its way has been done, which takes a while where workers are behind.

    Exits with 0 if all is as the log says, 3 if something differs, 4 if nothing does for certain, but some
    could not be decided, since workers are stopped or behind.
    """
    settings, topics = frame.load()
    with tempfile.TemporaryDirectory(prefix="link-status-audit-", dir=work_dir) as directory:
        report = frame.run(_audit(settings, topics, Path(directory)))
    _print(report, as_json)
    if report.differences:
        raise SystemExit(frame.EXIT_DIFFERS)
    if report.unsettled or report.more:
        raise SystemExit(frame.EXIT_UNSETTLED)


async def _audit(settings: Settings, topics: Topics, directory: Path) -> Report:
    brokers = connection(settings)
    await admin.when_there(brokers, lambda client: check(client, topics))
    partitions = await reading.counts(brokers, topics.by_full_name)
    system = System(
        topics, partitions, settings.max_record_bytes, directory, lambda: reading.new_reader(brokers)
    )
    try:
        async with (
            reading.reader(brokers) as consumer,
            group(brokers, settings.consumer_group) as workers,
        ):
            with Progress() as progress:
                return await look(system, consumer, workers, progress)
    finally:
        system.close()


def _print(report: Report, as_json: bool) -> None:
    if as_json:
        findings.for_programs(report, _body, "subjects")
        return
    findings.for_people(report, _line)
    for topic, partition, first in report.gone:
        click.echo(
            f"{topic}-{partition}: nothing is left from before offset {first}; what the tables hold of "
            "that is taken on trust"
        )
    click.echo(f"{report.records:,} records, {report.subjects:,} subjects: {_verdict(report)}")
    if report.more:
        click.echo("so much differs that not all was looked at")
    if report.unsettled:
        click.echo(
            f"{report.unsettled:,} could not be decided: workers are stopped, behind, or at work on them"
        )


def _verdict(report: Report) -> str:
    if report.differences:
        return f"{len(report.differences):,} fields differ"
    return "nothing differs for certain" if report.unsettled or report.more else "all is as the log says"


def _line(difference: Difference) -> str:
    (kind, ids), where, field, live, expected = difference
    names = " ".join(map(frame.printable, ids))
    about = f"{kind} {names}: {where}{f' {frame.printable(field)}' if field else ''}"
    return f"{about} is {json.dumps(live)}, should be {json.dumps(expected)}"


def _body(difference: Difference) -> dict[str, Any]:
    (kind, ids), where, field, live, expected = difference
    return {"subject": kind, "ids": ids, "where": where, "field": field, "live": live, "expected": expected}
