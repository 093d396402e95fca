"""`python -m bench.versus`: the video fold on our runtime against tuned Kafka Streams, in one run."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from bench.fold import PARTITIONS
from bench.fold_events import generate
from demo.brokers.kafka import RealKafka

EVENTS = int(os.environ.get("EVENTS", 1_000_000))
RUNS = int(os.environ.get("RUNS", 3))
SOURCE = "video-fold"
_STREAMS = Path(__file__).parent / "kstreams"
# Found best for it on 2 cores: one thread, parallel collector, commits each second or 100 ms.
_TUNED = {"TUNED": "1", "THREADS": "1"}
_COMMIT_MS = {"at_least_once": "1000", "exactly_once": "100"}


def main() -> None:
    """Measure in turns and print a table in Markdown; engines that emitted other changes are not compared."""
    with tempfile.TemporaryDirectory() as directory, RealKafka() as kafka:
        jars = _build(Path(directory))
        _fill(kafka.bootstrap)
        print(f"video fold, {EVENTS:,} events, {os.cpu_count()} cores shared with the broker, ", end="")
        print(f"median of {RUNS} (least to most)\n")
        print("| guarantee | engine | events/s | CPU µs an event |\n|---|---|---|---|", flush=True)
        for guarantee in ("at_least_once", "exactly_once"):
            ours: list[dict[str, Any]] = []
            theirs: list[dict[str, Any]] = []
            for _ in range(RUNS):
                ours.append(_run([sys.executable, "-m", "bench.fold"], kafka.bootstrap, guarantee))
                theirs.append(_run(_java(jars), kafka.bootstrap, guarantee))
            emitted = {result["emitted"] for result in (*ours, *theirs)}
            if len(emitted) != 1:
                raise SystemExit(f"the engines emitted different numbers of changes: {emitted}")
            print(_row(guarantee, "link status", ours))
            print(_row(guarantee, "Kafka Streams 4.1.1, tuned", theirs))
            ratio = _median(theirs, "wall") / _median(ours, "wall")
            cpu = _median(ours, "cpu") / _median(theirs, "cpu")
            print(f"| {guarantee} | ratio | {ratio:.2f} | {cpu:.2f} |", flush=True)


def _build(directory: Path) -> Path:
    project = directory / "kstreams"
    shutil.copytree(_STREAMS, project)
    goals = ["package", "dependency:copy-dependencies", "-DoutputDirectory=lib"]
    subprocess.run(["mvn", "--quiet", "--batch-mode", *goals], cwd=project, check=True)
    return project


def _fill(bootstrap: str) -> None:
    _create(bootstrap, SOURCE)
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "linger.ms": 50,
            "batch.size": 500_000,
            "compression.type": "lz4",
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    for key, value in generate(EVENTS):
        while True:
            try:
                producer.produce(SOURCE, value, key=key)
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()


def _create(bootstrap: str, *topics: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([NewTopic(topic, PARTITIONS, 1) for topic in topics]).values():
        future.result()


def _java(project: Path) -> list[str]:
    log = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"
    classes = f"{project}/target/kstreams-1.jar:{project}/lib/*"
    return ["java", "-Xmx1g", "-XX:+UseParallelGC", log, "-cp", classes, "peer.App"]


def _run(command: list[str], bootstrap: str, guarantee: str) -> dict[str, Any]:
    """One engine once, from empty state; wall and CPU in seconds until all its effects were durable."""
    run = f"versus-{uuid.uuid4().hex[:8]}"
    _create(bootstrap, f"{run}-out", f"{run}-changelog")
    java = command[0] == "java"
    with tempfile.TemporaryDirectory() as directory:
        environment = {
            **os.environ,
            **_TUNED,
            "BROKER": bootstrap,
            "DATADIR": directory,
            "APPID": run,
            "IN": SOURCE,
            "OUT": f"{run}-out",
            "N": str(EVENTS),
            "COMMIT_MS": _COMMIT_MS[guarantee],
            "GUARANTEE": f"{guarantee}_v2" if java and guarantee == "exactly_once" else guarantee,
        }
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    results = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not results:
        raise SystemExit(f"{command}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(results[0].removeprefix("RESULT "))
    result.setdefault("cpu", result.get("cpu_at_end"))
    return result


def _row(guarantee: str, engine: str, results: list[dict[str, Any]]) -> str:
    speeds = sorted(EVENTS / result["wall"] for result in results)
    spread = f"{statistics.median(speeds):,.0f} ({speeds[0]:,.0f} to {speeds[-1]:,.0f})"
    return f"| {guarantee} | {engine} | {spread} | {_median(results, 'cpu') / EVENTS * 1e6:.1f} |"


def _median(results: list[dict[str, Any]], name: str) -> float:
    return float(statistics.median(result[name] for result in results))


if __name__ == "__main__":
    main()
