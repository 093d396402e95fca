"""Settings as a test sets them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")


def loader(load: Callable[[], T], prefix: str, alone: Path, patch: pytest.MonkeyPatch) -> Callable[..., T]:
    """Calls `load` in an environment that holds of `prefix` only what is given, and in the directory `alone`,
    where no .env is.
    """
    patch.chdir(alone)
    for name in [name for name in os.environ if name.startswith(prefix)]:
        patch.delenv(name)

    def from_environment(**environment: str) -> T:
        for name, value in environment.items():
            patch.setenv(prefix + name, value)
        return load()

    return from_environment
