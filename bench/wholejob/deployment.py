"""The whole job under a prefix of its own: topics, load, workers."""

import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.broker import Broker
from bench.processes import Process
from bench.wholejob.workers import Workers, free_port

_COMMAND = [sys.executable, "-m", "streams.cli"]


class Deployment:
    """One run of the job. Make one with `deployed`."""

    def __init__(self, broker: Broker, guarantee: str) -> None:
        self.prefix = f"job-{uuid.uuid4().hex[:8]}-"
        self._broker = broker
        self._settings = {
            "LINK_STATUS_BOOTSTRAP_SERVERS": broker.bootstrap,
            "LINK_STATUS_TOPIC_PREFIX": self.prefix,
            "LINK_STATUS_PROCESSING_GUARANTEE": guarantee,
            "LINK_STATUS_LOG_LEVEL": "info",
        }

    def topic(self, name: str) -> str:
        """The full name of a topic."""
        return self.prefix + name

    def make_topics(self) -> None:
        """Make all topics of the job."""
        environment = {**os.environ, **self._settings}
        subprocess.run([*_COMMAND, "topics", "apply"], env=environment, check=True, stdout=subprocess.DEVNULL)

    def fill(self, events: Iterable[tuple[str, str, bytes]]) -> None:
        """Send events of `bench.wholejob.events`."""
        self._broker.fill((self.prefix + topic, key.encode(), value) for topic, key, value in events)

    @contextmanager
    def running(self, workers: int = 1) -> Iterator[Workers]:
        """Start workers with empty state; returns when one of them reads."""
        with tempfile.TemporaryDirectory(prefix="link-status-bench-") as directory, ExitStack() as stack:
            processes, ports = [], []
            for index in range(workers):
                ports.append(free_port())
                environment = {
                    **self._settings,
                    "LINK_STATUS_DATA_DIR": f"{directory}/{index}",
                    "LINK_STATUS_WEB_PORT": str(ports[-1]),
                }
                log = Path(directory) / f"{index}.log"
                processes.append(stack.enter_context(Process([*_COMMAND, "worker"], environment, log)))
            running = Workers(self.prefix, processes, ports)
            running.begin()
            yield running


@contextmanager
def deployed(broker: Broker, guarantee: str) -> Iterator[Deployment]:
    """Make the topics of a run, and remove them when the `with` ends."""
    deployment = Deployment(broker, guarantee)
    deployment.make_topics()
    try:
        yield deployment
    finally:
        broker.remove(deployment.prefix)
