"""For how long a worker may take what it has for its own.

The group gives a worker's partitions to others when its session has ended, which one that was paused, or cut
off from the brokers, does not hear of at once. It knows, however, when the group last heard of it.
"""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from streams.runtime.leaving import LeavingConsumer
from streams.runtime.waiting import WaitingConsumer

# Clocks of broker and worker may run a little apart, and an answer takes its time to get out.
_SHARE = 0.8


class Lease:
    """Valid for a share of the session from the last sign of life that the group took."""

    def __init__(self, session_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._length_s = session_s * _SHARE
        self._clock = clock
        self._until = clock()

    @property
    def valid(self) -> bool:
        """Whether nobody else can have this worker's partitions yet."""
        return self._clock() < self._until

    async def renewing(self, sign_of_life: Callable[..., Any], *given: Any) -> Any:
        """Do what is a sign of life; unless it fails, the lease counts from when it began."""
        began = self._clock()
        succeeded = await sign_of_life(*given)
        if succeeded is not False:
            self._until = max(self._until, began + self._length_s)
        return succeeded


class LeasedConsumer(WaitingConsumer, LeavingConsumer):
    """A consumer whose heartbeats, and joining of the group, renew a lease.

    `missed` counts by topic what was deleted before it was read.
    """

    def __init__(self, lease: Lease, missed: Counter[str], **configuration: Any) -> None:
        super().__init__(**configuration)
        self._lease = lease
        self._missed = missed

    async def start(self) -> None:
        await super().start()
        self._fetcher.missed = self._missed
        coordinator, lease = self._coordinator, self._lease
        beat, joined = coordinator._do_heartbeat, coordinator._on_join_complete
        coordinator._do_heartbeat = lambda: lease.renewing(beat)
        coordinator._on_join_complete = lambda *given: lease.renewing(joined, *given)
