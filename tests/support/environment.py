"""Settings as a test sets them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pydantic import BaseModel

from streams.settings import Settings

T = TypeVar("T")


def inherited() -> dict[str, str]:
    """The environment, for a process: pytest takes names in and out of it while scenarios read it in their
    threads.
    """
    found = {name: os.environ.get(name) for name in list(os.environ)}
    return {name: value for name, value in found.items() if value is not None}


def only(**given: Any) -> Settings:
    """Settings of which nothing is read from the environment, for the same reason."""
    settings = Settings.__new__(Settings)
    BaseModel.__init__(settings, **given)
    return settings


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
