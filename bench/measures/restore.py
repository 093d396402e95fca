"""Restoring from a changelog: records a second, into empty RocksDB databases."""

import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator

from msgspec.msgpack import Encoder

from bench.broker import Broker
from bench.engines.engine import AT_LEAST_ONCE, changelog, sink
from bench.figures import Figure, Target
from bench.sizes import Sizes
from bench.videofold.events import generate
from bench.videofold.fold import Video, decode

NAME = "restore"

_TARGET = Target(300_000)
_encode = Encoder().encode


def measure(broker: Broker, sizes: Sizes) -> Iterator[Figure]:
    """One changelog of four partitions, which is only read."""
    run = f"run-{uuid.uuid4().hex[:8]}"
    broker.create(changelog(run), cleanup="compact")
    broker.fill((changelog(run), key, value) for key, value in _states(sizes.restore_records))
    runs = [_restore_once(broker, run, sizes.restore_records) for _ in range(sizes.runs)]
    broker.remove(run)
    yield Figure(NAME, "", "four partitions", "records/s", [speed for speed, _ in runs], _TARGET)
    yield Figure(NAME, "", "four partitions", "CPU µs a record", [cpu for _, cpu in runs])


def _states(records: int) -> Iterator[tuple[bytes, bytes]]:
    """The states that the video fold goes through."""
    videos: dict[bytes, Video] = {}
    for key, value in generate(records):
        video = videos.setdefault(key, Video({}))
        video.take(decode(value))
        yield key, _encode(video)


def _restore_once(broker: Broker, run: str, records: int) -> tuple[float, float]:
    """Records a second, and CPU microseconds a record."""
    with tempfile.TemporaryDirectory(prefix="link-status-bench-") as directory:
        orders = {"BROKER": broker.bootstrap, "RUN": run, "SOURCE": run, "SINK": sink(run)}
        orders |= {"DATA": directory, "GUARANTEE": AT_LEAST_ONCE, "INDEX": "0"}
        command = [sys.executable, "-m", "bench.programs.restore"]
        done = subprocess.run(command, env={**os.environ, **orders}, check=True, stdout=subprocess.PIPE)
    result = json.loads(done.stdout)
    if result["records"] != records:
        raise ValueError(f"{result['records']} of {records} records were restored")
    return records / result["wall_s"], result["cpu_s"] / records * 1e6
