"""What an event of the whole job costs in each stage, in one process and without a broker.

The work of a worker but for sockets, threads and waiting, on the load of `bench.measures.job`: what a stage
takes here can be compared between two states of the code even where the machine is shared.
"""

import asyncio
import gc
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from bench.broker import Broker
from bench.figures import Figure, Target, ratios
from bench.measures.stopwatch import COUNTING, Stopwatch
from bench.measures.tasks import Log, Task
from bench.sizes import Sizes
from bench.wholejob.events import Event, Load, generate, load_of, others
from streams import topology
from streams.metrics.batches import Batches
from streams.metrics.census import Census
from streams.metrics.instruments import Instruments
from streams.metrics.watch import Watch
from streams.runtime.generations import Generations
from streams.runtime.partitioner import partition_for
from streams.runtime.resources import Resources
from streams.setting_groups import Work
from streams.topics import Name, Topics

NAME = "stages"
PARTITIONS = 8
_COUNTING = Target(0.01, at_most=True)
_LIMIT = 262_144


class Run(NamedTuple):
    """Of one run: seconds by stage, and how many changes came of the load."""

    seconds: dict[str, float]
    changes: int


def measure(broker: Broker, sizes: Sizes) -> Iterator[Figure]:
    """All stages; the broker is not used."""
    runs: dict[str, list[float]] = defaultdict(list)
    changes = []
    load = load_of(sizes.job_events)
    for _ in range(sizes.runs):
        run = _measure_once(load)
        changes.append(run.changes / load.events)
        for stage, seconds in run.seconds.items():
            runs[stage].append(seconds / load.events * 1e6)
    for stage, figures in runs.items():
        yield Figure(NAME, "", stage, "CPU µs an event", figures)
    totals = [sum(run) for run in zip(*runs.values(), strict=True)]
    yield Figure(NAME, "", "all stages", "CPU µs an event", totals)
    yield Figure(NAME, "", "all stages", "changes an event", changes)
    counting = ratios(runs[COUNTING], totals)
    yield Figure(NAME, "", f"{COUNTING} / all stages", "CPU, ratio", counting, _COUNTING)


def _measure_once(load: Load) -> Run:
    events = generate(load)
    with tempfile.TemporaryDirectory() as directory:
        _work_off(Path(directory), islice(events, load.videos))
        return _work_off(Path(directory), chain(others(load), events))


def _work_off(directory: Path, events: Iterable[Event]) -> Run:
    """What comes of events, and of the state that `directory` has of earlier ones."""
    log = Log(PARTITIONS)
    for topic, key, value in events:
        log.append(topic, partition_for(key.encode(), PARTITIONS), key.encode(), value, [])
    gc.freeze()
    gc.disable()  # as a worker does
    try:
        with ExitStack() as stack, Stopwatch() as watch:
            tasks = _tasks(directory)
            for task in tasks:
                stack.callback(task.close)
            while _turn(tasks, log, watch):
                pass
            return Run(watch.seconds, log.left(Name.VIDEO_STATUS_CHANGES))
    finally:
        gc.enable()
        gc.unfreeze()


def _turn(tasks: Sequence[Task], log: Log, watch: Stopwatch) -> bool:
    """A batch for each task; returns whether any had one."""
    had = [task.work(log, watch) for task in tasks]
    return any(had)


def _tasks(directory: Path) -> list[Task]:
    work = Work.model_construct()
    resources = Resources(work.block_cache_bytes, work.write_buffer_bytes)
    generations = Generations(work.state_cache_objects)
    topics, census = Topics.load(""), Census()
    observer = Watch(Batches(Instruments(), topics), census)
    tasks = [
        Task(spec, partition, PARTITIONS, directory, resources, generations, observer)
        for spec in observer.over(topology.steps(topics, _LIMIT))
        for partition in range(PARTITIONS)
    ]
    asyncio.run(census.walk())
    return tasks
