"""How often something happened, and for how long: restorations, rebalances."""

import time
from collections.abc import Callable


class Durations:
    """Stretches of time, one after the other. One that begins anew before it ended goes on."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: float | None = None
        self.count = 0
        self.seconds = 0.0
        self.last_s = 0.0

    def begin(self) -> None:
        """It begins."""
        if self._since is None:
            self._since = self._clock()

    def end(self) -> None:
        """It is over."""
        if self._since is not None:
            self.last_s = self.running_s
            self.seconds += self.last_s
            self.count += 1
            self._since = None

    @property
    def running_s(self) -> float:
        """For how long it lasts already; else 0."""
        return 0.0 if self._since is None else self._clock() - self._since
