"""Tracing that is on: spans around the batches of all tasks of a worker."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from opentelemetry.sdk.trace import TracerProvider

from streams.intake import Keyed
from streams.runtime.records import Batch, Effects, Outgoing
from streams.runtime.step import Step, StepContext, StepSpec, TaskId
from streams.runtime.task import Observer
from streams.topics import Name, Topics
from streams.tracing.batch import BatchSpans, Stamped
from streams.tracing.levels import Levels

# Within the ten seconds in which a worker stops.
_FLUSH_S = 1.0


class NotDurable(Exception):
    """A batch was folded, but never committed here."""


class On:
    """Gives each batch its spans. Steps never await, so one piece at a time is being folded."""

    def __init__(self, provider: TracerProvider, group: str, topics: Topics) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("link_status")
        self._group = group
        self._stamped = Stamped(
            topics.full_name(Name.VIDEO_STATUS_CHANGES),
            topics.full_name(Name.VIDEO_STATUS),
            topics.full_name(Name.STOCK_SUBSCRIPTIONS),
            topics.full_name(Name.STOCK_BY_CREATOR),
        )
        self._levels = Levels()
        self._folding: BatchSpans | None = None
        self._open: dict[TaskId, BatchSpans] = {}

    def follow(self, keyed: list[Keyed], out: list[Outgoing]) -> Iterable[Keyed]:
        """`keyed`, as the step folds them into `out`; a rehearsal is nothing that happened."""
        return keyed if self._folding is None else self._folding.follow(keyed, out)

    def over(self, specs: Sequence[StepSpec]) -> list[StepSpec]:
        return [spec._replace(build=_Building(spec, self)) for spec in specs]

    def beside(self, observer: Observer) -> Observer:
        return _Ending(observer, self)

    def close(self) -> None:
        # A collector that is away would hold up the end for longer.
        flushing = threading.Thread(target=self._provider.shutdown, daemon=True)
        flushing.start()
        flushing.join(_FLUSH_S)

    @contextmanager
    def folding(self, piece: Batch) -> Iterator[BatchSpans]:
        """The spans of the batch of `piece`, while this is folded."""
        spans = self._spans(piece)
        spans.begin(piece)
        self._folding = spans
        try:
            yield spans
        except BaseException as error:
            self.ended(piece.step, piece.partition, error)
            raise
        finally:
            self._folding = None
        if not piece.unfinished:
            spans.folded()

    def ended(self, step: str, partition: int, error: BaseException | None = None) -> None:
        """The batch of this task that was begun last is durable, or it is given up."""
        spans = self._open.pop((step, partition), None)
        if spans is not None:
            spans.end(error)

    def _spans(self, piece: Batch) -> BatchSpans:
        """Those that an earlier piece of the same batch began, else new ones."""
        task = piece.step, piece.partition
        if task not in self._open:
            self._open[task] = BatchSpans(self._tracer, self._group, self._stamped, self._levels, piece)
        return self._open[task]


class _Traced:
    """A step with spans around it."""

    def __init__(self, step: Step, on: On) -> None:
        self._step = step
        self._on = on
        self.deadline = step.deadline

    def process(self, batch: Batch, now: int) -> list[Outgoing]:
        if not len(batch):
            return self._due(batch, now)
        with self._on.folding(batch) as spans:
            outputs = list(self._step.process(batch, now))
            spans.complete(outputs)
        return outputs

    def _due(self, batch: Batch, now: int) -> list[Outgoing]:
        """Without records: what a deadline or a later page brings, which most often is nothing."""
        outputs = list(self._step.process(batch, now))
        if outputs:
            with self._on.folding(batch) as spans:
                spans.complete(outputs)
        return outputs


class _Building:
    """Builds a step anew when its state goes back to the last commit: what was folded is given up."""

    def __init__(self, spec: StepSpec, on: On) -> None:
        self._spec = spec
        self._on = on

    def __call__(self, context: StepContext) -> Step:
        self._on.ended(self._spec.name, context.partition, NotDurable())
        return _Traced(self._spec.build(context), self._on)


class _Ending:
    """An observer that ends spans first."""

    def __init__(self, observer: Observer, on: On) -> None:
        self._observer = observer
        self._on = on

    def finished(self, batch: Batch, effects: Effects, folding_s: float, committing_s: float) -> None:
        self._on.ended(batch.step, batch.partition)
        self._observer.finished(batch, effects, folding_s, committing_s)
