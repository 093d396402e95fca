"""A ceiling on dead letters: above it the worker stops, instead of draining a topic into dead letters.

Why, and how to go on: docs/decisions/008.
"""

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from streams.dead_letters import errors, reason
from streams.runtime.records import Batch, Outgoing
from streams.runtime.step import Halt, Step, StepContext, StepSpec

log = logging.getLogger(__name__)

_WINDOW_S = 60


class Ceiling:
    """Counts the last minute's records and dead letters of one worker, by input topic.

    `limit` is the share of a topic's records above which none is taken any more, `minimum` how many of its
    dead letters there must be. Counted before anything of a batch is published, so that none above is.
    """

    def __init__(self, limit: float, minimum: int, dead_letters: str) -> None:
        self._limit = limit
        self._minimum = minimum
        self._dead_letters = dead_letters
        self._seconds: deque[_Second] = deque()
        self.reached: str | None = None
        """Why no input is taken any more."""

    def check(self) -> None:
        """Raises Halt once the ceiling was reached."""
        if self.reached is not None:
            raise Halt(self.reached)

    def letters(self, outputs: Iterable[Outgoing]) -> list[Outgoing]:
        """The dead letters among `outputs`."""
        return [output for output in outputs if output.topic == self._dead_letters]

    def count(self, records: Mapping[str, int], dead: Sequence[Outgoing], now: int) -> None:
        """Count the records of a whole batch, by topic, and the dead letters that came of it at `now` (epoch
        milliseconds). Raises Halt if that is above.
        """
        second = self._second(now // 1000)
        second.records.update(records)
        second.letters.update(map(reason, dead))
        for topic, letter in {reason(letter)[0]: letter for letter in dead}.items():
            self._judge(topic, letter)
        self.check()

    def _second(self, second: int) -> "_Second":
        seconds = self._seconds
        if not seconds or seconds[-1].at != second:
            seconds.append(_Second(second))
        while not second - _WINDOW_S < seconds[0].at <= second:
            seconds.popleft()
        return seconds[-1]

    def _judge(self, topic: str, letter: Outgoing) -> None:
        codes: Counter[str] = Counter()
        for second in self._seconds:
            codes.update({code: number for (of, code), number in second.letters.items() if of == topic})
        letters = codes.total()
        # Letters of rerouted records are met where these were not read.
        records = max(letters, sum(second.records[topic] for second in self._seconds))
        if self.reached is None and letters >= self._minimum and letters > self._limit * records:
            told = ", ".join(f"{code} {number}" for code, number in codes.most_common())
            # It is not in dead-letters, nor will be.
            place = "-".join(errors(letter)[:3])
            self.reached = (
                f"{letters} of the last minute's {records} records of {topic} are dead letters "
                f"({told}; one is {place}), above LINK_STATUS_DEAD_LETTER_LIMIT={self._limit:g}: "
                "no more input is taken"
            )
            log.error("%s", self.reached)


class _Second:
    def __init__(self, at: int) -> None:
        self.at = at
        self.records: Counter[str] = Counter()
        self.letters: Counter[tuple[str, str]] = Counter()


class _Guarded:
    """A step under the ceiling. A batch is counted as a whole, since its bad records may come first."""

    def __init__(self, step: Step, ceiling: Ceiling) -> None:
        self._step = step
        self._ceiling = ceiling
        self._records: Counter[str] = Counter()
        self._letters: list[Outgoing] = []
        self.deadline = step.deadline

    def process(self, batch: Batch, now: int) -> Sequence[Outgoing]:
        self._ceiling.check()
        outputs = list(self._step.process(batch, now))
        self._records.update({topic: len(records) for topic, records in batch.records.items()})
        self._letters += self._ceiling.letters(outputs)
        if not batch.unfinished:
            self._count(now)
        return outputs

    def _count(self, now: int) -> None:
        records, letters = self._records, self._letters
        self._records, self._letters = Counter(), []
        self._ceiling.count(records, letters, now)


def under(ceiling: Ceiling, specs: Iterable[StepSpec]) -> list[StepSpec]:
    """The steps, all under one ceiling."""
    return [spec._replace(build=_guarded(spec.build, ceiling)) for spec in specs]


def _guarded(build: Callable[[StepContext], Step], ceiling: Ceiling) -> Callable[[StepContext], Step]:
    return lambda context: _Guarded(build(context), ceiling)
