"""Whether a worker lives and is ready, and why: what /livez and /readyz say."""

from collections import defaultdict
from collections.abc import Mapping

from aiokafka.structs import TopicPartition

from streams.absence import Absence
from streams.ceiling import Ceiling
from streams.runtime.app import BatchApp
from streams.runtime.step import TaskId
from streams.web.operations import Health

# While state is being restored, transactions of a worker that died are waited for, too.
_RESTORATION_S = 120.0
_NOT_RUNNING = "state is being restored, or a rebalance is under way"


class WorkerHealth:
    """Looks at the tasks. After `patience_s` seconds without a finished batch, where records wait, or a
    restoration that stands still, the worker does not live: to start it anew is all that can help. Where it
    cannot help, it is not asked for.
    """

    def __init__(
        self, app: BatchApp, ceiling: Ceiling, absence: Absence, patience_s: float, session_s: float
    ) -> None:
        """`session_s`: after so many seconds without brokers, partitions may be others'."""
        self._app = app
        self._ceiling = ceiling
        self._absence = absence
        self._patience_s = patience_s
        self._session_s = session_s

    def live(self) -> Health:
        """Whether records that wait are worked on, and state is being restored where it has to be."""
        app = self._app
        if self._ceiling.reached is not None:
            return Health(True, self._ceiling.reached)
        if app.lag.away_s:
            return Health(not self._absence.outdated, self._away())
        if not app.tasks.running:
            return self._restoring()
        stalled_s, tp = app.lag.waiting_s(self._excused)
        if tp is not None and stalled_s > self._patience_s:
            waiting = f"{app.lag.records(tp)} records of {tp.topic}-{tp.partition} wait"
            return Health(False, f"{waiting}, and none was finished for {stalled_s:.0f} s")
        if app.tasks.waiting:
            return Health(True, _who_waits(app.tasks.waiting))
        return Health(True, f"{len(app.tasks)} tasks get on with what there is")

    def ready(self) -> Health:
        """Whether state is restored and partitions are being read."""
        tasks = self._app.tasks
        if self._ceiling.reached is not None:
            return Health(False, self._ceiling.reached)
        if self._app.lag.away_s > self._session_s:
            return Health(False, self._away())
        if not tasks.running:
            return Health(False, _NOT_RUNNING)
        if not len(tasks):
            return Health(False, "no partitions are assigned to this worker")
        if tasks.waiting:
            return Health(False, _who_waits(tasks.waiting))
        if tasks.missing:
            return Health(False, f"not there, so that nothing is read of it: {', '.join(tasks.missing)}")
        if self._app.inputs.grown:
            return Health(False, "; ".join(self._app.inputs.grown))
        return Health(True, f"{len(tasks)} tasks are reading")

    @property
    def input_stopped(self) -> bool:
        """Whether no more input is taken, since too many records were dead letters."""
        return self._ceiling.reached is not None

    @property
    def stalled_s(self) -> float:
        """For how long records have waited and none was finished, where a new start could help."""
        stands = self._ceiling.reached is not None or not self._app.tasks.running
        return 0.0 if stands else self._app.lag.waiting_s(self._excused)[0]

    def _restoring(self) -> Health:
        still_s = self._app.tasks.restoration.still_s
        if still_s > max(_RESTORATION_S, self._patience_s):
            return Health(False, f"state is being restored, and nothing came for {still_s:.0f} s")
        return Health(True, _NOT_RUNNING)

    def _away(self) -> str:
        # Who asks may be anyone: names and addresses are for the log.
        why = ": they do not let this worker in (see its log)" if self._absence.refused else ""
        do = "a new start would help" if self._absence.outdated else "they are waited for"
        return f"brokers have not answered for {self._app.lag.away_s:.0f} s{why}; {do}"

    def _excused(self, tp: TopicPartition) -> bool:
        """Whether the task of this partition waits for a topic that takes no records."""
        tasks = self._app.tasks
        return (tasks.step_of(tp.topic), tp.partition) in tasks.waiting


def _who_waits(waiting: Mapping[TaskId, str]) -> str:
    partitions = defaultdict(list)
    for (step, partition), why in sorted(waiting.items()):
        partitions[why].append(f"{step}-{partition}")
    return "; ".join(f"{' '.join(tasks)} waits: {why}" for why, tasks in partitions.items())
