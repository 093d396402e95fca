"""Without Java a test of the real Kafka says why it skips, and fails where Kafka is required."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from demo.brokers import archive, jars
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


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of jars, beside which there is nothing yet."""
    (tmp_path / "java").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path / "jars"


def load(option: str) -> None:
    Path(option.removeprefix("-XX:ArchiveClassesAtExit=")).touch()


def no_need(option: str) -> None:
    pytest.fail("classes are loaded for nothing")


def test_classes_are_kept_for_brokers_to_come(kept: Path) -> None:
    assert archive.options(kept) == ()
    archive.make(kept, load)
    archive.make(kept, no_need)
    file = archive.options(kept)[0].removeprefix("-XX:SharedArchiveFile=")
    assert Path(file).parent == kept.parent
    assert [each.suffix for each in kept.parent.iterdir() if each.name != "java"] == [".jsa"]


def test_another_java_has_classes_of_its_own(kept: Path) -> None:
    archive.make(kept, load)
    os.utime(kept.parent / "java", (1, 1))
    assert archive.options(kept) == ()


def test_while_one_is_at_it_others_do_without(kept: Path) -> None:
    def meanwhile(option: str) -> None:
        archive.make(kept, no_need)
        assert archive.options(kept) == ()
        load(option)

    archive.make(kept, meanwhile)
    assert archive.options(kept)


def test_what_was_left_by_one_that_was_killed_is_made_anew(kept: Path) -> None:
    archive.make(kept, load)
    (made,) = kept.parent.glob("*.jsa")
    made.unlink()
    left = made.with_suffix(".making")
    left.mkdir()
    os.utime(left, (1, 1))
    archive.make(kept, load)
    assert archive.options(kept)


def test_a_java_that_keeps_no_classes_does_without(kept: Path) -> None:
    archive.make(kept, lambda option: None)
    assert archive.options(kept) == ()


def test_embedded_brokers_are_independent() -> None:
    with Embedded() as one, Embedded() as other:
        assert one.bootstrap != other.bootstrap
