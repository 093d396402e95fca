"""What an app of this runtime is given."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from streams.runtime.compression import Compression
from streams.runtime.connection import Connection
from streams.runtime.saving import Deferral

# What the store of a worker that was killed lacks is read from its changelogs, in a tenth of that time.
_STORE_S = 5.0


class Config(NamedTuple):
    """What the runtime needs to know of its surroundings. Sizes are in bytes, times in milliseconds."""

    group: str
    connection: Connection
    directory: Path
    exactly_once: bool
    batch_max_records: int
    commit_interval_ms: int
    commit_max_writes: int
    compression: Compression
    session_timeout_ms: int
    group_instance_id: str | None
    cached_objects: int
    block_cache_bytes: int
    write_buffer_bytes: int
    url: str
    batch_interval_ms: int = 0
    transactions: bool = True
    """Whether the broker has transactions; without them at least once may tear state apart in a crash."""

    setting: Callable[[str], str] = str
    """What operators call a field of this, for what is told of it."""

    @property
    def deferral(self) -> Deferral | None:
        """How far state may follow its outputs; None: not at all."""
        if not self.transactions:
            return None
        if self.exactly_once:
            return Deferral(_STORE_S, self.commit_max_writes, published=True)
        return Deferral(self.commit_interval_ms / 1000, self.commit_max_writes)
