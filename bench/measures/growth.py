"""Growth: what a fact about a random link costs, and how much memory, by how many links there are."""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from bench.broker import Broker
from bench.engines.engine import EXACTLY_ONCE
from bench.figures import Figure, Target
from bench.sizes import Sizes
from bench.wholejob.deployment import deployed
from bench.wholejob.events import LINKS, Load, generate

NAME = "growth"

_COST = Target(1.6, at_most=True)
_MEMORY = Target(500e6 / (1 << 20), at_most=True)
_LINKS_A_PRODUCT = 2
_VIDEOS_A_CREATOR = 10


class Run(NamedTuple):
    """Of one run over the facts: CPU µs and changes an event, resident MiB afterwards and at most."""

    cpu_us: float
    changes: float
    resident_mib: float
    peak_mib: float


def measure(broker: Broker, sizes: Sizes) -> Iterator[Figure]:
    """One worker, which is the same from the first video to the last fact."""
    runs: dict[int, list[Run]] = {links: [] for links in sizes.growth_links}
    for _ in range(sizes.runs):
        for links, found in runs.items():
            found.append(_measure_once(broker, _load_of(links, sizes.growth_facts)))
    least, most = min(runs), max(runs)
    for links, found in runs.items():
        what = f"{links:,} links"
        yield Figure(NAME, EXACTLY_ONCE, what, "CPU µs an event", [run.cpu_us for run in found])
        yield Figure(NAME, EXACTLY_ONCE, what, "changes an event", [run.changes for run in found])
        memory = [run.resident_mib for run in found]
        yield Figure(NAME, EXACTLY_ONCE, what, "resident MiB", memory, _MEMORY if links == most else None)
        yield Figure(NAME, EXACTLY_ONCE, what, "peak resident MiB", [run.peak_mib for run in found])
    cost = [b.cpu_us / a.cpu_us for a, b in zip(runs[least], runs[most], strict=True)]
    yield Figure(NAME, EXACTLY_ONCE, f"{most:,} links / {least:,}", "CPU, ratio", cost, _COST)


def _load_of(links: int, facts: int) -> Load:
    """As dense for any number of links, so that a fact does as much and only the state differs."""
    videos = links // LINKS
    creators = max(1, videos // _VIDEOS_A_CREATOR)
    return Load(videos, facts, creators, max(LINKS, links // _LINKS_A_PRODUCT))


def _measure_once(broker: Broker, load: Load) -> Run:
    with deployed(broker, EXACTLY_ONCE) as deployment, deployment.running() as running:
        process = running.processes[0]
        events = generate(load)
        deployment.fill(islice(events, load.videos))
        before = running.settle(load.videos)
        deployment.fill(events)
        after = running.settle(load.events)
        cpu_us = (after.cpu_s - before.cpu_s) / load.facts * 1e6
        changes = (after.changes - before.changes) / load.facts
        return Run(cpu_us, changes, process.resident_mib, process.peak_mib)
