"""One engine once over a load: how long it took, and whether it did what the load asks for."""

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import NamedTuple

from bench.broker import Broker
from bench.engines.engine import Engine, sink
from bench.processes import wait_until
from bench.videofold import changes
from bench.videofold.changes import Digest
from bench.videofold.events import generate

_POLL_S = 0.02
# Far below the slowest engine's speed.
_LEAST_PER_S = 500
_START_S = 60


class Load(NamedTuple):
    """A topic full of events, and the digest of the changes that follow from them."""

    topic: str
    events: int
    expected: Digest


class Timing(NamedTuple):
    """Of one run: seconds from the first record until all was durable, and CPU seconds of all processes."""

    events: int
    wall_s: float
    cpu_s: float

    @property
    def events_per_s(self) -> float:
        """Speed."""
        return self.events / self.wall_s

    @property
    def cpu_us(self) -> float:
        """CPU microseconds an event."""
        return self.cpu_s / self.events * 1e6


class WrongChanges(Exception):
    """An engine emitted other changes than the fold: its speed means nothing."""


@contextmanager
def loaded(broker: Broker, events: int) -> Iterator[Load]:
    """A topic that is full before anything is measured."""
    topic = f"load-{uuid.uuid4().hex[:8]}"
    broker.create(topic)
    broker.fill((topic, key, value) for key, value in generate(events))
    try:
        yield Load(topic, events, changes.expected(generate(events)))
    finally:
        broker.remove(topic)


def time_once(broker: Broker, engine: Engine, load: Load, guarantee: str) -> Timing:
    """Run `engine` from empty state until outputs, state and offsets of all events are committed.

    Raises WrongChanges if what it emitted is not what the fold says.
    """
    run = f"run-{uuid.uuid4().hex[:8]}"
    with (
        closing(broker.progress(run, [load.topic])) as progress,
        engine.running(broker, run, load.topic, guarantee, load.events) as processes,
    ):
        patience_s = _START_S + load.events / _LEAST_PER_S
        ended = wait_until(progress.done, processes, patience_s, _POLL_S)
        cpu_s = sum(process.cpu_s for process in processes)
        began = [process.began for process in processes if process.began is not None]
        if not began:
            raise RuntimeError(f"{engine.name}: no process said when it began")
        found = changes.emitted(broker.read(sink(run)))
        if found != load.expected:
            raise WrongChanges(f"{engine.name}, {guarantee}: {found} instead of {load.expected}")
        return Timing(load.events, ended - min(began), cpu_s)
