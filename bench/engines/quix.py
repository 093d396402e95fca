"""Quix Streams 3, in a virtual environment of its own, since its dependencies are not ours."""

import subprocess
import sys
from functools import cache
from pathlib import Path

from bench.engines.cache import cached
from bench.engines.engine import Engine

VERSION = "3.28.1"
_PACKAGES = [f"quixstreams=={VERSION}", "orjson"]
# A commit in Quix flushes producer and state: each second instead of each 5, as the others do here.
_SETTINGS = {"COMMIT_S": "1"}


@cache
def _prepare() -> tuple[str, ...]:
    identity = " ".join([*_PACKAGES, sys.version]).encode()
    python = cached("quix", identity, _install) / "bin" / "python"
    return str(python), "-m", "bench.programs.quix"


def _install(place: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True)
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *_PACKAGES], check=True)


ONE = Engine(f"Quix Streams {VERSION}, 1 process", _prepare, _SETTINGS)
TWO = Engine(f"Quix Streams {VERSION}, 2 processes", _prepare, _SETTINGS, processes=2)
