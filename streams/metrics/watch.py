"""Between the tasks and those who count: hands on what a step said of a batch once that is durable."""

from collections.abc import Callable, Iterable
from typing import Protocol, cast

from streams.folded import Folded
from streams.metrics.batches import Batches
from streams.metrics.census import Census
from streams.runtime.records import Batch, Effects
from streams.runtime.step import Step, StepContext, StepSpec, TaskId
from streams.topology import LINKS


class _Telling(Step, Protocol):
    """A step that tells what it folded."""

    @property
    def folded(self) -> Folded: ...


class Watch:
    """An observer of the tasks whose steps it was put over."""

    def __init__(self, batches: Batches, census: Census) -> None:
        self._batches = batches
        self._census = census
        self._steps: dict[TaskId, _Telling] = {}
        self._deadlines: dict[TaskId, int | None] = {}

    def over(self, specs: Iterable[StepSpec]) -> list[StepSpec]:
        """The steps, all watched."""
        return [spec._replace(build=self._watched(spec)) for spec in specs]

    def finished(self, batch: Batch, effects: Effects, folding_s: float, committing_s: float) -> None:
        """A batch is durable."""
        task_id = batch.step, batch.partition
        step = self._steps[task_id]
        self._batches.finished(batch, effects, step.folded, folding_s, committing_s)
        if batch.step == LINKS:
            self._census.finished(batch.partition)
            # Only now is the table as it will be asked for: in between a timer can be nowhere.
            self._deadlines[task_id] = step.deadline()
        step.folded.clear()

    def late_ms(self, now: int) -> int:
        """How long ago the earliest deadline was, at `now` (epoch milliseconds)."""
        deadlines = [deadline for deadline in self._deadlines.values() if deadline is not None]
        return max(0, now - min(deadlines, default=now))

    def keep(self, tasks: Iterable[TaskId]) -> None:
        """These tasks, and no others, are about to run."""
        kept = set(tasks)
        self._steps = {task_id: step for task_id, step in self._steps.items() if task_id in kept}
        self._deadlines = {
            task_id: step.deadline() for task_id, step in self._steps.items() if task_id[0] == LINKS
        }
        self._census.keep([partition for step, partition in kept if step == LINKS])

    def _watched(self, spec: StepSpec) -> Callable[[StepContext], Step]:
        def build(context: StepContext) -> Step:
            step = cast(_Telling, spec.build(context))
            self._steps[spec.name, context.partition] = step
            if spec.name == LINKS:
                self._census.begin(context, step.folded)
            return step

        return build
