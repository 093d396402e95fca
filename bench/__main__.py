"""`make bench`: the whole job on real Kafka, as a table in Markdown."""

import os
import platform
import statistics
import uuid

from bench.events import Load
from bench.job import Result, measure
from demo.brokers.kafka import RealKafka

EVENTS = 200_000
RUNS = 3


def main() -> None:
    """Measure and print. `EVENTS`, `RUNS` and `GUARANTEES` in the environment change the size."""
    load = Load(int(os.environ.get("EVENTS", EVENTS)))
    guarantees = os.environ.get("GUARANTEES", "at_least_once,exactly_once").split(",")
    print(
        f"{load.events:,} events over five sources, one worker, Python {platform.python_version()},", end=" "
    )
    print(f"{os.cpu_count()} cores shared with the broker (Apache Kafka 4.1.1)\n")
    print("| guarantee | events/s: median (least to most) | CPU µs an event | peak memory MiB | changes |")
    print("|---|---|---|---|---|", flush=True)
    with RealKafka() as kafka:
        for guarantee in guarantees:
            prefix = f"bench-{uuid.uuid4().hex[:6]}-"
            runs = [
                measure(kafka.bootstrap, f"{prefix}{number}-", load, guarantee)
                for number in range(int(os.environ.get("RUNS", RUNS)))
            ]
            print(_row(guarantee, runs), flush=True)


def _row(guarantee: str, runs: list[Result]) -> str:
    speeds = sorted(run.events_per_s for run in runs)
    spread = f"{statistics.median(speeds):,.0f} ({speeds[0]:,.0f} to {speeds[-1]:,.0f})"
    cpu = statistics.median(run.cpu_us for run in runs)
    peak = max(run.peak_mib for run in runs)
    changes = {run.changes for run in runs}
    return f"| {guarantee} | {spread} | {cpu:.1f} | {peak:.0f} | {', '.join(map(str, sorted(changes)))} |"


if __name__ == "__main__":
    main()
