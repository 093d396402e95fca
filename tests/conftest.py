"""Brokers for the tests; a test that asks for one carries its name as a marker."""

import os
import uuid
from collections.abc import Iterator

import pytest

from demo.brokers.embedded import Embedded
from demo.brokers.jars import NoKafka
from demo.brokers.kafka import RealKafka, prepare
from tests.support import effort  # noqa: F401 (how hard properties are tried, wherever they stand)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let `-m "not kafka"` choose by what a test uses, so that no marker can be forgotten."""
    for item in items:
        for used in {"browser", "embedded", "kafka"}.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(used)


@pytest.fixture
def embedded() -> Iterator[Embedded]:
    """An embedded broker, empty, of the test's own (it is up in milliseconds)."""
    with Embedded() as broker:
        yield broker


@pytest.fixture(scope="session")
def kafka() -> Iterator[RealKafka]:
    """One Apache Kafka for all tests: name topics and groups under `prefix`."""
    with own_kafka() as broker:
        yield broker


def own_kafka() -> RealKafka:
    """An Apache Kafka that is not shared, for tests that stop it; skips the test where there can be none."""
    need_kafka()
    return RealKafka()


def need_kafka() -> None:
    """Skip the test, or with REQUIRE_KAFKA=1 fail it, where there can be no Apache Kafka."""
    try:
        prepare()
    except NoKafka as missing:
        if os.environ.get("REQUIRE_KAFKA") == "1":
            pytest.fail(f"REQUIRE_KAFKA=1, but {missing}", pytrace=False)
        pytest.skip(f"needs a real Kafka: {missing}")


@pytest.fixture
def prefix() -> str:
    """A topic prefix that no other test has."""
    return f"t{uuid.uuid4().hex[:12]}-"
