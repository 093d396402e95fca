"""Apache Kafka's jars, fetched by Maven once and kept outside of the tree."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

POM = Path(__file__).parents[2] / "tests" / "kafka" / "pom.xml"
VERSION = "4.1.1"


class NoKafka(Exception):
    """Real Kafka cannot run here; its text says what is missing."""


def cached() -> Path:
    """The directory of the jars, fetched if need be; raise NoKafka where Java or Maven is missing."""
    if shutil.which("java") is None:
        raise NoKafka("java is not installed (Apache Kafka needs 17 or newer)")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "link-status"
    # Another pom is another directory, so that a change of versions is never served from the old one.
    jars = cache / f"kafka-{VERSION}-{hashlib.sha256(POM.read_bytes()).hexdigest()[:8]}"
    if not jars.is_dir():
        _fetch(jars)
    return jars


def _fetch(jars: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise NoKafka("mvn (Maven) is not installed, and the jars of Apache Kafka are not in the cache")
    jars.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jars.parent) as scratch:
        fetched = Path(scratch) / "jars"
        copy = [maven, "--quiet", "--batch-mode", "--file", str(POM)]
        copy += ["dependency:copy-dependencies", f"-DoutputDirectory={fetched}"]
        done = subprocess.run(copy, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise NoKafka(f"Maven could not fetch Apache Kafka:\n{done.stdout.strip()[-2000:]}")
        try:
            fetched.rename(jars)  # at once, so that a half-filled cache is never taken for a whole one
        except OSError:
            if not jars.is_dir():  # else another process was first
                raise
