"""The broker of docker-compose.kafka.yml is configured with names that Kafka knows."""

from pathlib import Path

import yaml
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType  # type: ignore[attr-defined]

from demo.brokers.kafka import RealKafka

COMPOSE = Path(__file__).parents[2] / "docker-compose.kafka.yml"
NODE_ID = "1"


def test_each_variable_is_a_configuration_of_the_broker(kafka: RealKafka) -> None:
    environment = yaml.safe_load(COMPOSE.read_text())["services"]["kafka"]["environment"]
    # So the image makes properties of its environment.
    configured = {name.removeprefix("KAFKA_").lower().replace("_", ".") for name in environment}

    broker = ConfigResource(ResourceType.BROKER, NODE_ID)
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    known = admin.describe_configs([broker])[broker].result(timeout=10)
    assert configured - set(known) == set()
