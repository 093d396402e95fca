"""The broker of docker-compose.kafka.yml: Kafka knows its configuration, and starts with it."""

import re
from pathlib import Path

import yaml
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType  # type: ignore[attr-defined]

from demo.brokers.kafka import RealKafka, free_ports

COMPOSE = Path(__file__).parents[2] / "docker-compose.kafka.yml"
NODE_ID = "1"
OUTSIDE = "9092"
ADDRESS = re.compile(r"(?:kafka|127\.0\.0\.1)?:(19092|9092|9093)")


def configured() -> dict[str, str]:
    environment = yaml.safe_load(COMPOSE.read_text())["services"]["kafka"]["environment"]
    # So the image makes properties of its environment.
    return {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value for name, value in environment.items()
    }


def known(bootstrap: str) -> dict[str, str | None]:
    broker = ConfigResource(ResourceType.BROKER, NODE_ID)
    admin = AdminClient({"bootstrap.servers": bootstrap})
    found = admin.describe_configs([broker])[broker].result(timeout=10)
    return {name: entry.value for name, entry in found.items()}


def test_each_variable_is_a_configuration_of_the_broker(kafka: RealKafka) -> None:
    assert configured().keys() - known(kafka.bootstrap).keys() == set()


def test_a_broker_starts_with_its_values() -> None:
    ports = dict(zip((OUTSIDE, "19092", "9093"), free_ports(3), strict=True))
    here = {
        name: ADDRESS.sub(lambda found: f"127.0.0.1:{ports[found[1]]}", value)
        for name, value in configured().items()
        if name != "log.dirs"
    }
    broker = RealKafka(here)
    broker.bootstrap = f"127.0.0.1:{ports[OUTSIDE]}"
    with broker:
        found = known(broker.bootstrap)
    assert {name: found[name] for name in here} == here
