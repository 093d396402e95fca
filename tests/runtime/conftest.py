"""What several tests of the runtime begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.runtime.resources import Resources
from streams.runtime.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store that is empty and open."""
    store = Store(tmp_path / "db", Resources(1 << 20, 1 << 20))
    yield store
    store.close()
