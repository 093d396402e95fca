"""Kafka Streams 4.1.1: the Java program of `bench/kstreams`, with its defaults and tuned."""

import shutil
import subprocess
from functools import cache, partial
from pathlib import Path

from bench.engines.cache import cached
from bench.engines.engine import AT_LEAST_ONCE, EXACTLY_ONCE, Engine

VERSION = "4.1.1"
_PROJECT = Path(__file__).parents[1] / "kstreams"
_QUIET = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"
# 256 MiB of state cache, binary state, lz4, batches of 256 KiB, polls of 10,000, parallel collector; commits
# each second instead of each 30 s, without which nothing is flushed before the end.
_TUNED = {"TUNED": "1"}
_COMMITS = {AT_LEAST_ONCE: {"COMMIT_MS": "1000"}, EXACTLY_ONCE: {"COMMIT_MS": "100"}}


@cache
def _jars() -> Path:
    sources = sorted(path for path in _PROJECT.rglob("*") if path.suffix in (".java", ".xml"))
    return cached("kafka-streams-bench", b"".join(path.read_bytes() for path in sources), _build)


def _build(place: Path) -> None:
    shutil.copytree(_PROJECT, place, dirs_exist_ok=True)
    goals = ["package", "dependency:copy-dependencies", "-DoutputDirectory=lib"]
    maven = ["mvn", "--quiet", "--batch-mode", *goals]
    done = subprocess.run(maven, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise RuntimeError(f"Maven could not build {_PROJECT.name}:\n{done.stdout[-2000:]}")


def _prepare(*flags: str) -> tuple[str, ...]:
    place = _jars()
    return "java", "-Xmx1g", *flags, _QUIET, "-cp", f"{place}/target/kstreams-1.jar:{place}/lib/*", "peer.App"


def _tuned(threads: int) -> Engine:
    name = f"Kafka Streams {VERSION}, tuned, {threads} thread{'s' if threads > 1 else ''}"
    return Engine(
        name, partial(_prepare, "-XX:+UseParallelGC"), {**_TUNED, "THREADS": str(threads)}, _COMMITS
    )


DEFAULT = Engine(f"Kafka Streams {VERSION}, defaults", _prepare)
ONE_THREAD = _tuned(1)
TWO_THREADS = _tuned(2)
# For latency: at least once, the linger of 5 ms is what a change waits for, exactly once the commit interval.
QUICK = ONE_THREAD._replace(name="Kafka Streams", settings={**ONE_THREAD.settings, "LINGER_MS": "5"})
