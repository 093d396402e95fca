"""What a figure was measured on: without it, it says little."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.engines import kafka_streams, quix
from demo.brokers import jars

_PACKAGES = ("aiokafka", "confluent-kafka", "faust-streaming", "msgspec", "pydantic", "rocksdict", "uvloop")


def describe() -> dict[str, Any]:
    """Time, commit, machine and versions."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _output("git", "describe", "--always", "--dirty", "--abbrev=12"),
        "machine": {
            "processor": _field("/proc/cpuinfo", "model name"),
            "cores": os.cpu_count(),
            "memory": _field("/proc/meminfo", "MemTotal"),
            "system": f"{platform.system()} {platform.release()}",
            "load_before": os.getloadavg()[0],
        },
        "versions": {
            "python": platform.python_version(),
            "java": _output("java", "-version").splitlines()[0],
            "kafka": jars.VERSION,
            "kafka-streams": kafka_streams.VERSION,
            "quixstreams": quix.VERSION,
            **{package: version(package) for package in _PACKAGES},
        },
    }


def _output(*command: str) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout.strip() or "unknown"


def _field(path: str, name: str) -> str:
    lines = Path(path).read_text().splitlines() if Path(path).exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), "unknown")
