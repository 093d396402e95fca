"""Without Java a test of the real Kafka says why it skips, and fails where Kafka is required."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from demo.brokers import jars
from demo.brokers.embedded import Embedded

ROOT = Path(__file__).parents[2]
ONE_TEST = "tests/kafka/test_provision.py::test_a_worker_refuses_a_missing_topic"


def without_java(directory: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if name != "REQUIRE_KAFKA"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", ONE_TEST],
        cwd=ROOT,
        env=inherited | {"PATH": str(directory)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_it_skips_and_prints_the_reason(tmp_path: Path) -> None:
    done = without_java(tmp_path)
    assert done.returncode == 0
    assert "needs a real Kafka: java is not installed" in done.stdout


def test_it_fails_where_kafka_is_required(tmp_path: Path) -> None:
    done = without_java(tmp_path, REQUIRE_KAFKA="1")
    assert done.returncode == 1
    assert "REQUIRE_KAFKA=1, but java is not installed" in done.stdout


def test_without_maven_the_cache_must_hold_the_jars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java = tmp_path / "java"
    java.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(jars.NoKafka, match="mvn"):
        jars.cached()


def test_embedded_brokers_are_independent() -> None:
    with Embedded() as one, Embedded() as other:
        assert one.bootstrap != other.bootstrap
