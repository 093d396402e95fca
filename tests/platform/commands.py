"""Commands within this process."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest
from click.testing import CliRunner, Result

from streams.cli import main
from streams.settings import ENV_PREFIX


class Invoke(Protocol):
    """Runs `link-status` with words and settings."""

    def __call__(self, *words: str, **settings: str) -> Result: ...


def invoker(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """In an environment that holds only the settings given, and a directory of its own."""
    monkeypatch.chdir(directory)
    for name in [name for name in os.environ if name.startswith(ENV_PREFIX)]:
        monkeypatch.delenv(name)

    def invoke(*words: str, **settings: str) -> Result:
        environment: Mapping[str, str] = {ENV_PREFIX + name: value for name, value in settings.items()}
        return CliRunner().invoke(main, list(words), env=environment, prog_name="link-status")

    return invoke
