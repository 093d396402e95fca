"""Which worker has the state of a key."""

from collections.abc import Mapping, Sequence

from streams.runtime.app import BatchApp
from streams.runtime.partitioner import partition_for
from streams.runtime.step import StepSpec
from streams.runtime.view import View


class Owners:
    """Looks at this worker's tasks, and at what the group's last assignment says of the others."""

    def __init__(self, app: BatchApp, specs: Sequence[StepSpec], partitions: Mapping[str, int]) -> None:
        self._app = app
        self._topics = {spec.name: spec.topics[0] for spec in specs}
        self._partitions = partitions

    def locate(self, step: str, key: str) -> View | str | None:
        """The view of the task that has `key`; its worker's URL if that is elsewhere; None if nowhere now."""
        tasks = self._app.tasks
        if not tasks.running or not self._app.lease.valid:
            return None  # who has what is being decided, or was, unheard of here
        topic = self._topics[step]
        partition = partition_for(key.encode(), self._partitions[topic])
        return tasks.view(step, partition) or self._elsewhere(topic, partition)

    def _elsewhere(self, topic: str, partition: int) -> str | None:
        url = self._app.worker_of(topic, partition)
        return None if url == self._app.config.url else url
