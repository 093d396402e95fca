"""`link-status replay`."""

import json
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from streams.audit.differences import Difference
from streams.audit.report import Report
from streams.commands import findings, frame
from streams.commands.frame import printable
from streams.commands.progress import Progress
from streams.replay.trial import Trial
from streams.setting_forms import valid_prefix
from streams.settings import Settings


@click.command()
@click.option("--prefix", help="Of the replay's own topics and group; by default one that nobody has.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="How many fold.")
@click.option(
    "--work-dir",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Where to keep state, some KB a link; by default where temporary files go.",
)
@click.option("--keep", is_flag=True, help="Leave the replay's topics, for a look at them.")
@frame.as_json
def replay(prefix: str | None, workers: int, work_dir: Path | None, keep: bool, as_json: bool) -> None:
    """Try this release on the whole input log beside the live one, and compare.

    Workers of this release read the live sources from their beginning, and write to topics under a prefix of
    their own, with a group of their own; the live deployment goes on and is not touched. Then each video's
    status is compared with the live one, but for version and time. What differs is looked at again until
    work that is on its way has been done. In the end the replay's topics and group are deleted.

    Exits with 0 if all is the same, 3 if something differs, 4 if nothing does for certain, but some could
    not be decided: live workers are stopped or behind, or retention took the log's beginning.
    """
    settings, _ = frame.load()
    shadow = _shadow(settings, prefix or f"{settings.topic_prefix}replay-{time.strftime('%Y%m%d-%H%M%S')}-")
    click.echo(f"the replay's topics begin with {shadow.topic_prefix}", err=True)
    temporary = tempfile.TemporaryDirectory(prefix="link-status-replay-", dir=work_dir)
    with temporary as directory, Progress() as progress:
        report = frame.run(Trial(settings, shadow, Path(directory), workers, keep).run(progress))
    _print(report, as_json)
    raise SystemExit(exit_code(report))


def _shadow(settings: Settings, prefix: str) -> Settings:
    try:
        valid_prefix(prefix)
    except ValueError as error:
        raise click.UsageError(f"--prefix: {error}") from None
    if prefix == settings.topic_prefix:
        raise click.UsageError("--prefix: that is the live one")
    sources = settings.topic_prefix if settings.source_prefix is None else settings.source_prefix
    return settings.model_copy(update={"topic_prefix": prefix, "source_prefix": sources})


def exit_code(report: Report) -> int:
    """Where the log has lost its beginning, what differs may be due to that."""
    if report.differences and not report.gone:
        return frame.EXIT_DIFFERS
    return frame.EXIT_UNSETTLED if report.differences or report.unsettled or report.more else 0


def _print(report: Report, as_json: bool) -> None:
    if as_json:
        findings.for_programs(report, _body, "videos")
        return
    findings.for_people(report, _line)
    for topic, partition, first in report.gone:
        click.echo(f"{topic}-{partition}: nothing is left from before offset {first}, which may be why")
    click.echo(f"{report.records:,} records, {report.subjects:,} videos: {_verdict(report)}")


def _verdict(report: Report) -> str:
    told = f"{len(report.differences):,} fields differ" if report.differences else ""
    if report.more:
        told += ", and so much that not all was looked at"
    if report.unsettled:
        told += f"{told and ', '}{report.unsettled:,} videos could not be decided"
    return told or "the replay made the same"


def _line(difference: Difference) -> str:
    (_, ids), _, field, live, made = difference
    about = f"video {' '.join(map(printable, filter(None, ids)))}{f' {printable(field)}' if field else ''}"
    return f"{about} is {json.dumps(live)}, the replay made {json.dumps(made)}"


def _body(difference: Difference) -> dict[str, Any]:
    (_, (creator, video)), _, field, live, made = difference
    return {"creator_id": creator, "video_id": video, "field": field, "live": live, "replay": made}
