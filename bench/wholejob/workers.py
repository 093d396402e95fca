"""Workers at work: what they have processed, and when they were done."""

import re
import socket
import time
import urllib.request
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from bench.processes import Process, wait_until

NUMBERS = {1: "one worker", 2: "two workers"}
"""How many are measured, in words."""

SOURCES = ("video-links", "seller-decisions", "invite-expiries", "moderation", "inventory")
_START_S = 60.0
# An answer with all metrics takes a worker 5 ms, which count as its CPU: it is asked often only near the end.
_FAR_POLL_S = 1.0
_NEAR = 0.8
_NEAR_POLL_S = 0.2
_POLL_S = 0.05
_LOG_POLL_S = 0.005
_QUIET_S = 1.5
_LEAST_PER_S = 2_000
_COUNTER = re.compile(
    r'^link_status_records_(in|out)_total\{topic="([^"]+)"(?:,type="[^"]+")?\} (\S+)$', re.MULTILINE
)
# What the worker logs when it goes on after a rebalance.
_READS = re.compile(r"reading partitions=\d+ generation=\d+")


class Settled(NamedTuple):
    """When the last batch was durable (`time.perf_counter`), what it took, and what came of it."""

    at: float
    cpu_s: float
    records: int
    changes: int


class Workers:
    """The workers of one group."""

    def __init__(self, prefix: str, processes: Sequence[Process], ports: Sequence[int]) -> None:
        self.processes = processes
        self._prefix = prefix
        self.ports = ports

    def begin(self) -> None:
        """Wait until one of them reads; time and CPU count from here."""
        wait_until(lambda: self.rebalances > 0, self.processes, _START_S, _LOG_POLL_S)
        for process in self.processes:
            process.begin()

    @property
    def began(self) -> float:
        """When `begin` returned, by `time.perf_counter`."""
        return min(process.began or 0 for process in self.processes)

    @property
    def rebalances(self) -> int:
        """How often any of them was given partitions."""
        return sum(len(_READS.findall(process.log)) for process in self.processes)

    def settle(self, events: int) -> Settled:
        """Wait until they have read `events` source records in all, and nothing moves any more."""
        settled = Settled(time.perf_counter(), self._cpu_s(), 0, 0)

        def have_read(part: float) -> bool:
            nonlocal settled
            counts = self._counts()
            records = sum(count for (way, _), count in counts.items() if way == "in")
            if records != settled.records:
                changes = counts["out", f"{self._prefix}video-status-changes"]
                settled = Settled(time.perf_counter(), self._cpu_s(), records, changes)
            return sum(counts["in", self._prefix + source] for source in SOURCES) >= events * part

        def is_quiet() -> bool:
            return have_read(1) and time.perf_counter() - settled.at > _QUIET_S

        timeout_s = _START_S + events / _LEAST_PER_S
        wait_until(lambda: have_read(_NEAR), self.processes, timeout_s, _FAR_POLL_S)
        wait_until(lambda: have_read(1), self.processes, timeout_s, _NEAR_POLL_S)
        wait_until(is_quiet, self.processes, timeout_s, _POLL_S)
        return settled

    def _cpu_s(self) -> float:
        return sum(process.cpu_s for process in self.processes)

    def _counts(self) -> Counter[tuple[str, str]]:
        """Records in and out by topic, over all workers."""
        total: Counter[tuple[str, str]] = Counter()
        for port in self.ports:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
                for way, topic, value in _COUNTER.findall(answer.read().decode()):
                    total[way, topic] += int(float(value))
        return total


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
