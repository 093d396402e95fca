"""CPU time by stage, some of it measured within another stage, which then does without it."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import starmap
from types import ModuleType, TracebackType
from typing import Any, Self

from streams import changes
from streams.folded import Folded
from streams.intake import Intake
from streams.links import LinksStep

COUNTING = "count for metrics"

_Functions = Sequence[tuple[type | ModuleType, str, str]]

# Functions of the hot path that are stages of their own: where they stand, name, stage.
_WITHIN: _Functions = (
    (Intake, "read", "decode and route"),
    (Intake, "_count", COUNTING),
    (LinksStep, "_look_up", "look up state"),
    (changes, "change", "encode changes and statuses"),
    (changes, "status", "encode changes and statuses"),
)

# The same for one that takes no longer than to look at the watch: calls are put off, and timed together.
_PUT_OFF: _Functions = ((Folded, "change", COUNTING),)


class Stopwatch:
    """From `with` to its end, the functions above are timed as well."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._running: list[float] = []
        self._originals: list[tuple[type | ModuleType, str, Any]] = []
        self._waiting: list[tuple[str, Callable[..., Any], list[tuple[Any, ...]]]] = []

    def __enter__(self) -> Self:
        self._replace(_WITHIN, self._timed)
        self._replace(_PUT_OFF, self._put_off)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for owner, name, original in self._originals:
            setattr(owner, name, original)

    def catch_up(self) -> None:
        """Do what was put off."""
        for stage, function, calls in self._waiting:
            with self.stage(stage):
                deque(starmap(function, calls), maxlen=0)
            calls.clear()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What happens here belongs to stage `name`."""
        started = self._start()
        yield
        self._stop(name, started)

    def _start(self) -> float:
        self._running.append(0.0)
        return time.thread_time()

    def _stop(self, name: str, started: float) -> None:
        taken = time.thread_time() - started
        self.seconds[name] += taken - self._running.pop()
        if self._running:
            self._running[-1] += taken

    def _replace(self, functions: _Functions, by: Callable[[Callable[..., Any], str], Any]) -> None:
        for owner, name, stage in functions:
            original = getattr(owner, name)
            self._originals.append((owner, name, original))
            setattr(owner, name, by(original, stage))

    def _put_off(self, function: Callable[..., Any], stage: str) -> Callable[..., None]:
        calls: list[tuple[Any, ...]] = []
        self._waiting.append((stage, function, calls))
        return lambda *arguments: calls.append(arguments)

    def _timed(self, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            started = self._start()
            result = function(*arguments)
            self._stop(stage, started)
            return result

        return timed
