"""The whole job on one worker: five sources, both steps, all sinks."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from confluent_kafka import Producer

from bench.events import Load, generate

_PATIENCE_S = 300.0
_QUIET_S = 1.0
_POLL_S = 0.05


class Result(NamedTuple):
    """One measured run: sizes in records, times in seconds, memory in MiB."""

    events: int
    changes: int
    wall_s: float
    cpu_s: float
    peak_mib: float

    @property
    def events_per_s(self) -> float:
        """Events of the sources, until all their effects were durable."""
        return self.events / self.wall_s

    @property
    def cpu_us(self) -> float:
        """CPU time of the worker for each event, in microseconds."""
        return self.cpu_s / self.events * 1e6


def measure(bootstrap: str, prefix: str, load: Load, guarantee: str) -> Result:
    """Fill the sources, then let one worker work them off."""
    with tempfile.TemporaryDirectory() as directory:
        port = "16066"
        environment = {
            **os.environ,
            "LINK_STATUS_BOOTSTRAP_SERVERS": bootstrap,
            "LINK_STATUS_TOPIC_PREFIX": prefix,
            "LINK_STATUS_DATA_DIR": directory,
            "LINK_STATUS_WEB_PORT": port,
            "LINK_STATUS_PROCESSING_GUARANTEE": guarantee,
            "LINK_STATUS_LOG_LEVEL": "warning",
        }
        subprocess.run([*_COMMAND, "topics", "apply"], env=environment, check=True, stdout=subprocess.DEVNULL)
        _fill(bootstrap, prefix, load)
        with _worker(environment) as pid:
            return _watch(pid, f"http://127.0.0.1:{port}/metrics", prefix, load)


_COMMAND = [sys.executable, "-m", "streams.cli"]


def _fill(bootstrap: str, prefix: str, load: Load) -> None:
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "partitioner": "murmur2_random",
            "linger.ms": 50,
            "batch.size": 500_000,
            "compression.type": "lz4",
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    for topic, key, value in generate(load):
        while True:
            try:
                producer.produce(prefix + topic, value, key=key)
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()


@contextmanager
def _worker(environment: dict[str, str]) -> Iterator[int]:
    process = subprocess.Popen([*_COMMAND, "worker"], env=environment)
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


def _watch(pid: int, url: str, prefix: str, load: Load) -> Result:
    """Wait until every source record was processed and nothing moves any more."""
    started = cpu_before = 0.0
    moved, last = time.monotonic(), -1
    deadline = time.monotonic() + _PATIENCE_S
    cpu = cpu_before
    while time.monotonic() < deadline:
        counts = _scrape(url)
        total = sum(value for (name, _), value in counts.items() if name == "link_status_records_in_total")
        now = time.monotonic()
        if total and not started:
            started, cpu_before = now - _POLL_S, _cpu_s(pid)
        if total != last:
            moved, last, cpu = now, int(total), _cpu_s(pid)
        sources = sum(
            counts.get(("link_status_records_in_total", prefix + topic), 0)
            for topic in ("video-links", "seller-decisions", "invite-expiries", "moderation", "inventory")
        )
        if sources >= load.events and now - moved > _QUIET_S:
            changes = counts.get(("link_status_records_out_total", f"{prefix}video-status-changes"), 0)
            return Result(load.events, int(changes), moved - started, cpu - cpu_before, _peak_mib(pid))
        time.sleep(_POLL_S)
    raise TimeoutError(f"{last} records after {_PATIENCE_S} s")


def _scrape(url: str) -> dict[tuple[str, str], float]:
    try:
        text = urllib.request.urlopen(url, timeout=10).read().decode()
    except OSError:
        return {}
    found = re.findall(r'^(link_status_records_\w+_total)\{topic="([^"]+)"\} (\S+)$', text, re.MULTILINE)
    return {(name, topic): float(value) for name, topic, value in found}


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(peak[1]) / 1024 if peak else 0.0
