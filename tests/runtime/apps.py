"""Apps that are not started."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streams.runtime.app import BatchApp
from streams.runtime.config import Config
from streams.runtime.connection import Connection
from streams.runtime.lag import Lag


def unstarted(directory: Path, partitions: Mapping[str, int], url: str = "http://a") -> Any:
    """One without steps, where there is no broker. `partitions` of each topic."""
    limits: Any = (2_000, 1_000, 1_000, "none", 10_000, None, 1_000, 1 << 20, 1 << 20, url)
    config = Config("group", Connection("127.0.0.1:1"), directory, True, *limits)
    return BatchApp(config, [], partitions, int, Lag(int))
