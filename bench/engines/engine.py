"""What an engine is to a measure: a program to start, in one process or several."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.broker import Broker
from bench.processes import Process

AT_LEAST_ONCE, EXACTLY_ONCE = GUARANTEES = ("at_least_once", "exactly_once")


class Engine(NamedTuple):
    """A program, and how it is set up. `prepare` builds or installs what it needs and returns its command."""

    name: str
    prepare: Callable[[], Sequence[str]]
    settings: Mapping[str, str] = {}
    by_guarantee: Mapping[str, Mapping[str, str]] = {}
    processes: int = 1

    @contextmanager
    def running(
        self, broker: Broker, run: str, source: str, guarantee: str, events: int
    ) -> Iterator[list[Process]]:
        """Start it on topics and state of its own, which go when the `with` ends. Output: `sink(run)`."""
        command = self.prepare()
        broker.create(sink(run))
        broker.create(changelog(run), cleanup="compact")
        common = {
            "BROKER": broker.bootstrap,
            "RUN": run,
            "SOURCE": source,
            "SINK": sink(run),
            "GUARANTEE": guarantee,
            "EVENTS": str(events),
            **self.settings,
            **self.by_guarantee.get(guarantee, {}),
        }
        with tempfile.TemporaryDirectory(prefix="link-status-bench-") as directory, ExitStack() as stack:
            stack.callback(broker.remove, run)
            processes = []
            for index in range(self.processes):
                data = Path(directory) / str(index)
                data.mkdir()
                environment = {**common, "DATA": str(data), "INDEX": str(index)}
                processes.append(
                    stack.enter_context(Process(command, environment, Path(directory) / f"{index}.log"))
                )
            yield processes


def sink(run: str) -> str:
    """The topic of a run's changes."""
    return f"{run}-changes"


def changelog(run: str) -> str:
    """The topic of a run's state, for an engine that makes none itself."""
    return f"{run}-changelog"
