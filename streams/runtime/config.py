"""What an app of this runtime is given."""

from pathlib import Path
from typing import NamedTuple

from streams.runtime.connection import Connection


class Config(NamedTuple):
    """What the runtime needs to know of its surroundings. Sizes are in bytes, times in milliseconds."""

    group: str
    connection: Connection
    directory: Path
    exactly_once: bool
    batch_max_records: int
    commit_interval_ms: int
    session_timeout_ms: int
    group_instance_id: str | None
    cached_objects: int
    block_cache_bytes: int
    write_buffer_bytes: int
    url: str
    batch_interval_ms: int = 0
    transactions: bool = True
    """Whether the broker has transactions; without them at least once may tear state apart in a crash."""

    @property
    def state_interval_s(self) -> float:
        """How long state may wait for its commit after its outputs."""
        return 0.0 if self.exactly_once or not self.transactions else self.commit_interval_ms / 1000
