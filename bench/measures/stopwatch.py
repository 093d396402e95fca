"""Time by stage, some of it measured within another stage, which then does without it."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from streams import changes
from streams.folded import Folded
from streams.intake import Intake
from streams.links import LinksStep

COUNTING = "count for metrics"

# Functions of the hot path that are stages of their own: where they stand, name, stage.
_WITHIN = (
    (Intake, "read", "decode and route"),
    (Intake, "_count", COUNTING),
    (Folded, "change", COUNTING),
    (LinksStep, "_look_up", "look up state"),
    (changes, "change", "encode changes and statuses"),
    (changes, "status", "encode changes and statuses"),
)


class Stopwatch:
    """From `with` to its end, the functions above are timed as well."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._running: list[float] = []
        self._originals: list[Any] = []

    def __enter__(self) -> Self:
        for owner, name, stage in _WITHIN:
            original = getattr(owner, name)
            self._originals.append(original)
            setattr(owner, name, self._timed(original, stage))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for (owner, name, _), original in zip(_WITHIN, self._originals, strict=True):
            setattr(owner, name, original)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What happens here belongs to stage `name`."""
        started = self._start()
        yield
        self._stop(name, started)

    def _start(self) -> float:
        self._running.append(0.0)
        return time.perf_counter()

    def _stop(self, name: str, started: float) -> None:
        taken = time.perf_counter() - started
        self.seconds[name] += taken - self._running.pop()
        if self._running:
            self._running[-1] += taken

    def _timed(self, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            started = self._start()
            result = function(*arguments)
            self._stop(stage, started)
            return result

        return timed
