"""Jars, fetched by Maven once and kept outside of the tree."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

POM = Path(__file__).parents[2] / "tests" / "kafka" / "pom.xml"
VERSION = "4.1.1"


class NoKafka(Exception):
    """Real Kafka, or what else comes in jars, cannot run here; its text says what is missing."""


def cached() -> Path:
    """The directory of Apache Kafka's jars, fetched if need be; raises NoKafka."""
    return fetched(f"kafka-{VERSION}", POM, "copy-dependencies")


def fetched(name: str, pom: Path, goal: str) -> Path:
    """A directory that the Maven dependency plugin's `goal` filled; raises NoKafka where Java or Maven is
    missing.
    """
    if shutil.which("java") is None:
        raise NoKafka("java is not installed (17 or newer is needed)")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "link-status"
    # Another pom is another directory, so that a change of versions is never served from the old one.
    directory = cache / f"{name}-{hashlib.sha256(pom.read_bytes()).hexdigest()[:8]}"
    if not directory.is_dir():
        _fetch(directory, pom, goal)
    return directory


def _fetch(directory: Path, pom: Path, goal: str) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise NoKafka(f"mvn (Maven) is not installed, and {directory.name} is not in the cache")
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory.parent) as scratch:
        fetched = Path(scratch) / "fetched"
        command = [maven, "--quiet", "--batch-mode", "--file", str(pom)]
        command += [f"dependency:{goal}", f"-DoutputDirectory={fetched}"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise NoKafka(f"Maven could not fetch {directory.name}:\n{done.stdout.strip()[-2000:]}")
        try:
            fetched.rename(directory)  # at once, so that a half-filled cache is never taken for a whole one
        except OSError:
            if not directory.is_dir():  # else another process was first
                raise
