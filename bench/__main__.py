"""`make bench`: measure on a real Kafka, print a table in Markdown, write all of it as JSON.

In the environment: QUICK=1 (five minutes at most), ONLY=latency,restore (some measures), RUNS=3 (how often
each).
"""

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import machine, sizes
from bench.broker import Broker
from bench.figures import HEADER, Figure
from bench.measures import agents, fan_out, fold, growth, job, latency, restore, stages, web
from bench.sizes import Sizes, WrongSize
from demo.brokers.kafka import RealKafka

MEASURES: dict[str, Callable[[Broker, Sizes], Iterator[Figure]]] = {
    "stages": stages.measure,
    "fold": fold.measure,
    "agents": agents.measure,
    "job": job.measure,
    "latency": latency.measure,
    "restore": restore.measure,
    "fan-out": fan_out.measure,
    "growth": growth.measure,
    "web": web.measure,
}
_RESULTS = Path(__file__).parent / "results"
# A new group waits this long for further members, so that two workers that start together begin together.
_EXTRA = {"group.initial.rebalance.delay.ms": "1000"}


def main() -> int:
    """Returns 1 if a measure could not be taken, 2 if what was asked for makes no sense."""
    form = argparse.RawDescriptionHelpFormatter
    argparse.ArgumentParser("bench", description=__doc__, formatter_class=form).parse_args()
    try:
        chosen, names = sizes.chosen(), _only()
    except WrongSize as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    report: dict[str, Any] = {
        **machine.describe(),
        "sizes": chosen._asdict(),
        "figures": [],
        "failures": {},
        "seconds": {},
    }
    path = _RESULTS / f"{report['at'].replace(':', '')}-{report['commit']}.json"
    print(_heading(report), HEADER, sep="\n", flush=True)
    with RealKafka(_EXTRA, jvm=()) as kafka:
        for name in names:
            _take(name, Broker(kafka.bootstrap), chosen, report)
            _write(path, report)
    print(f"\n{path.relative_to(Path.cwd())}")
    return 1 if report["failures"] else 0


def _take(name: str, broker: Broker, chosen: Sizes, report: dict[str, Any]) -> None:
    started = time.perf_counter()
    try:
        for figure in MEASURES[name](broker, chosen):
            print(figure.row(), flush=True)
            report["figures"].append(figure.json())
    except Exception as error:  # the other measures are worth having
        traceback.print_exc()
        report["failures"][name] = repr(error)
    report["seconds"][name] = round(time.perf_counter() - started, 1)


def _only() -> list[str]:
    names = [name.strip() for name in os.environ.get("ONLY", "").split(",") if name.strip()]
    for name in names:
        if name not in MEASURES:
            raise WrongSize(f"ONLY={name}: is none of {', '.join(MEASURES)}")
    return names or list(MEASURES)


def _heading(report: dict[str, Any]) -> str:
    found, versions = report["machine"], report["versions"]
    return (
        f"Commit {report['commit']}, {found['cores']} cores ({found['processor']}) shared with Apache Kafka"
        f" {versions['kafka']}, Python {versions['python']}; median of {report['sizes']['runs']}\n"
    )


def _write(path: Path, report: dict[str, Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
