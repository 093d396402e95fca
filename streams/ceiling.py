"""A ceiling on dead letters: above it the worker stops, instead of draining a topic into dead letters.

Why, and how to go on: docs/decisions/008.
"""

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from streams.dead_letters import errors, reason
from streams.runtime.records import Batch, Outgoing
from streams.runtime.step import Admission, Halt, Step, StepContext, StepSpec

log = logging.getLogger(__name__)

_WINDOW_S = 60
# After a start the smallest partition is folded first, and may have a topic's bad records alone. The first
# batches of the others are folded within a second or two.
_PATIENCE_S = 5.0


class Ceiling:
    """Counts the last minute's records and dead letters of one worker, by input topic.

    `limit` is the share of a topic's records above which none is taken any more, `minimum` how many of its
    dead letters there must be. Counted before anything of a batch is published, so that none above is. A
    batch that is above waits `patience_s` for what other partitions have of its topics.
    """

    def __init__(
        self,
        limit: float,
        minimum: int,
        dead_letters: str,
        clock: Callable[[], float] = time.monotonic,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._limit = limit
        self._minimum = minimum
        self._dead_letters = dead_letters
        self._clock = clock
        self._patience_s = patience_s
        self._seconds: deque[_Second] = deque()
        self.reached: str | None = None
        """Why no input is taken any more."""

    def check(self) -> None:
        """Raises Halt once the ceiling was reached."""
        if self.reached is not None:
            raise Halt(self.reached)

    def admission(self, batch: Batch, outputs: Iterable[Outgoing]) -> Admission:
        """What counts a batch and the dead letters among what came of it; or says that it is above, for now.
        Raises Halt once it has waited long enough.
        """
        # Weighed once: it may be asked all the while that others are to be folded.
        letters = [output for output in outputs if output.topic == self._dead_letters]
        counted = {topic: len(taken) for topic, taken in batch.records.items()}
        reasons = [reason(letter) for letter in letters]
        examples = {topic: letter for (topic, _), letter in zip(reasons, letters, strict=True)}
        return partial(self._admits, _Weight(counted, Counter(reasons), examples))

    def _admits(self, weight: "_Weight", waited_s: float) -> bool:
        self.check()
        above = self._above(weight)
        if above is None:
            second = self._second()
            second.records.update(weight.records)
            second.letters.update(weight.letters)
            return True
        if waited_s < self._patience_s:
            return False
        self.reached = above
        log.error("%s", above)
        raise Halt(above)

    def _above(self, weight: "_Weight") -> str | None:
        """Why a batch is too much; None if it is not."""
        judged = (self._judge(topic, weight) for topic in weight.examples)
        return next(filter(None, judged), None)

    def _second(self) -> "_Second":
        """Where to count now."""
        seconds, second = self._recent(), int(self._clock())
        if not seconds or seconds[-1].at != second:
            seconds.append(_Second(second))
        return seconds[-1]

    def _recent(self) -> "deque[_Second]":
        seconds, first = self._seconds, int(self._clock()) - _WINDOW_S
        while seconds and seconds[0].at <= first:
            seconds.popleft()
        return seconds

    def _judge(self, topic: str, weight: "_Weight") -> str | None:
        codes: Counter[str] = Counter()
        for letters in (weight.letters, *(second.letters for second in self._recent())):
            codes.update({code: number for (of, code), number in letters.items() if of == topic})
        dead = codes.total()
        # Letters of rerouted records are met where these were not read.
        taken = weight.records.get(topic, 0) + sum(second.records[topic] for second in self._seconds)
        records = max(dead, taken)
        if dead < self._minimum or dead <= self._limit * records:
            return None
        told = ", ".join(f"{code} {number}" for code, number in codes.most_common())
        # It is not in dead-letters, nor will be.
        place = "-".join(errors(weight.examples[topic])[:3])
        return (
            f"{dead} of the last minute's {records} records of {topic} are dead letters "
            f"({told}; one is {place}), above LINK_STATUS_DEAD_LETTER_LIMIT={self._limit:g}: "
            "no more input is taken"
        )


class _Weight(NamedTuple):
    """Of a batch: its records by topic, its dead letters by topic and code, one of them by topic."""

    records: Mapping[str, int]
    letters: Counter[tuple[str, str]]
    examples: Mapping[str, Outgoing]


class _Second:
    def __init__(self, at: int) -> None:
        self.at = at
        self.records: Counter[str] = Counter()
        self.letters: Counter[tuple[str, str]] = Counter()


class _Guarded:
    """A step that takes no more once the ceiling was reached."""

    def __init__(self, step: Step, ceiling: Ceiling) -> None:
        self._step = step
        self._ceiling = ceiling
        self.deadline = step.deadline

    def process(self, batch: Batch, now: int) -> Iterable[Outgoing]:
        self._ceiling.check()
        return self._step.process(batch, now)


def under(ceiling: Ceiling, specs: Iterable[StepSpec]) -> list[StepSpec]:
    """The steps, all under one ceiling."""
    return [spec._replace(build=_guarded(spec.build, ceiling), admission=ceiling.admission) for spec in specs]


def _guarded(build: Callable[[StepContext], Step], ceiling: Ceiling) -> Callable[[StepContext], Step]:
    return lambda context: _Guarded(build(context), ceiling)
