"""A simulation whose steps are watched as a worker's are, and whose partitions are counted bit by bit."""

from collections.abc import Mapping, Sequence
from typing import Any

from streams.metrics.batches import Batches
from streams.metrics.census import Census
from streams.metrics.instruments import Instruments
from streams.metrics.watch import Watch
from streams.runtime.records import Batch, Effects
from streams.topics import Topics
from tests.support.broker import Broker, Stored
from tests.support.simulation import Crash, Simulation, Task


class Observed(Simulation):
    """After every batch that is durable, each partition is counted a little further."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.instruments = Instruments()
        self.census = Census()
        self.watch = Watch(Batches(self.instruments, Topics.load(""), lambda: self.now), self.census)
        for task in self.tasks:
            task.spec = self.watch.over([task.spec])[0]
            task.restart()
            self._observe(task)
        self.watch.keep(self.ids)

    @property
    def ids(self) -> list[tuple[str, int]]:
        """The tasks."""
        return [(task.spec.name, task.partition) for task in self.tasks]

    def _observe(self, task: Task) -> None:
        process = task.process

        def observed(
            records: Mapping[str, Sequence[Stored]], now: int, broker: Broker, crash: Crash | None = None
        ) -> None:
            sent = len(broker.sent)
            process(records, now, broker, crash)
            if crash is None:
                batch = Batch(task.spec.name, task.partition, 0, records)
                self.watch.finished(batch, Effects(broker.sent[sent:], {}, {}), 0.1, 0.2)
            self.census.step()

        task.process = observed  # type: ignore[method-assign]
