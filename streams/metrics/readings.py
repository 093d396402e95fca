"""What is looked up when Prometheus asks: the runtime, the links, the disk."""

import math
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version

from streams.domain.issues import KINDS
from streams.domain.status import APPROVED, IN_REVIEW, NEEDS_ATTENTION
from streams.folded import HOUR_MS
from streams.metrics import declarations as declared
from streams.metrics.census import Census
from streams.metrics.instruments import Instruments, Labels, counted
from streams.runtime.app import BatchApp
from streams.runtime.exactly_once import OUTCOMES
from streams.runtime.lag import Lag

MOST_PARTITIONS = 80
"""With more than these, no partition has a lag of its own: series are bounded."""

_DAY_H = 24
_AGES_H = {"0s": -math.inf, "1h": 1, "1d": _DAY_H, "3d": 3 * _DAY_H, "7d": 7 * _DAY_H}


def read_runtime(instruments: Instruments, app: BatchApp) -> None:
    """The tasks, their state, the group."""
    value, read = instruments.value, instruments.read
    tasks, rebalances, restoration = app.tasks, app.rebalances, app.tasks.restoration
    value(declared.TASKS, lambda: len(tasks))
    value(declared.TASKS_WAITING, lambda: len(tasks.waiting))
    value(declared.MISSING, lambda: len(tasks.missing) + len(app.inputs.grown))
    read(declared.TRANSACTIONS, lambda: counted({each: app.transactions[each] for each in OUTCOMES}))
    read(declared.MISSED, lambda: counted(app.inputs.missed))
    read(declared.STATE_KEYS, lambda: _by_step((step, store.keys) for step, store in tasks.stores))
    read(declared.STATE_BYTES, lambda: _by_step((step, store.bytes) for step, store in tasks.stores))
    read(declared.CACHE_LOOKUPS, lambda: counted({"hit": tasks.cache.hits, "miss": tasks.cache.misses}))
    value(declared.RESTORED, lambda: restoration.restored)
    value(declared.RESTORE_REMAINING, lambda: restoration.remaining)
    value(declared.RESTORING, lambda: restoration.durations.running_s)
    value(declared.LAST_RESTORE, lambda: restoration.durations.last_s)
    value(declared.REBALANCES, lambda: rebalances.count)
    value(declared.REBALANCE_SECONDS, lambda: rebalances.seconds)
    value(declared.REBALANCING, lambda: rebalances.running_s)
    value(declared.BROKERS_AWAY, lambda: app.lag.away_s)
    read_lag(instruments, app.lag, app.config.group)


def read_lag(instruments: Instruments, lag: Lag, group: str) -> None:
    """How far the group is behind in this worker's partitions."""
    read = instruments.read

    def by_partition(measure: Callable[..., float]) -> Mapping[Labels, float]:
        known = list(lag.partitions())
        if len(known) > MOST_PARTITIONS:
            return {}
        return {(group, tp.topic, str(tp.partition)): measure(tp) for tp in known}

    def by_topic() -> Mapping[Labels, float]:
        total: Counter[Labels] = Counter()
        for tp in lag.partitions():
            total[group, tp.topic] += lag.records(tp)
        return total

    def most(measure: Callable[..., float]) -> Mapping[Labels, float]:
        return {(group,): max(map(measure, lag.partitions()), default=0)}

    read(declared.GROUP_LAG, lambda: by_partition(lag.records))
    read(declared.GROUP_LAG_SECONDS, lambda: by_partition(lag.seconds))
    read(declared.GROUP_MAX_LAG, lambda: most(lag.records))
    read(declared.GROUP_MAX_LAG_SECONDS, lambda: most(lag.seconds))
    read(declared.GROUP_SUM_LAG, lambda: {(group,): sum(map(lag.records, lag.partitions()))})
    read(declared.GROUP_TOPIC_SUM_LAG, by_topic)
    read(declared.KEPT_BACK, lambda: counted(lag.kept_back_s()))


def read_links(instruments: Instruments, census: Census, now: Callable[[], int]) -> None:
    """What creators see. `now` is in epoch milliseconds."""

    def all_counted() -> bool:
        return not census.uncounted

    def links() -> Mapping[Labels, float]:
        found = census.links
        statuses = (APPROVED, IN_REVIEW, NEEDS_ATTENTION)
        return counted({each: found[each] for each in statuses}) if all_counted() else {}

    def issues() -> Mapping[Labels, float]:
        found = census.issues
        return counted({kind.code: found[kind.code] for kind in KINDS}) if all_counted() else {}

    def reviews() -> Mapping[Labels, float]:
        return counted(ages(census.reviews, now())) if all_counted() else {}

    def oldest() -> float | None:
        return oldest_s(census.reviews, now()) if all_counted() else None

    instruments.read(declared.LINKS, links)
    instruments.read(declared.LINK_ISSUES, issues)
    instruments.read(declared.OPEN_REVIEWS, reviews)
    instruments.value(declared.OLDEST_REVIEW, oldest)
    instruments.value(declared.TIMERS, lambda: census.timers if all_counted() else None)
    instruments.value(declared.UNCOUNTED, lambda: census.uncounted)


def ages(reviews: Mapping[int, int], now: int) -> Mapping[str, float]:
    """How many reviews, given by the hour they date from, are certainly older than what the labels say."""
    hour = now // HOUR_MS
    return {
        label: sum(number for begun, number in reviews.items() if hour - begun > least)
        for label, least in _AGES_H.items()
    }


def oldest_s(reviews: Mapping[int, int], now: int) -> float:
    """How many seconds old the oldest review is, at least; 0 if there is none."""
    return max(0, now - (min(reviews) + 1) * HOUR_MS) / 1000 if reviews else 0.0


def read_disk(instruments: Instruments, directory: Path) -> None:
    """The disk that the state is on."""
    directory.mkdir(parents=True, exist_ok=True)
    instruments.value(declared.DISK_FREE, lambda: shutil.disk_usage(directory).free)
    instruments.value(declared.DISK_SIZE, lambda: shutil.disk_usage(directory).total)


def read_build(instruments: Instruments, guarantee: str) -> None:
    """What runs here."""
    try:
        ours = version("product-link-status")
    except PackageNotFoundError:
        ours = "unknown"
    instruments.read(declared.BUILD_INFO, lambda: {(ours, python_version(), guarantee): 1})


def _by_step(values: Iterable[tuple[str, int]]) -> Mapping[Labels, float]:
    total: Counter[str] = Counter()
    for step, value in values:
        total[step] += value
    return counted(total)
