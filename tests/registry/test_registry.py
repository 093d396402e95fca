"""A worker with a schema registry, which upstream and subscribers use through Confluent's serializers."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from demo.brokers.embedded import Embedded
from demo.brokers.jars import NoKafka
from demo.brokers.kafka import free_ports
from schemas.export import value_schema
from tests.kafka.cluster import Cluster, wait_for
from tests.registry.apicurio import Apicurio
from tests.support.events import HOME, Event, decided, posted, stocked

STORY = [posted("v1", "p1"), decided("p1", "rejected"), stocked("p1", 0)]


@pytest.fixture
def apicurio() -> Iterator[Apicurio]:
    """Not started yet."""
    try:
        yield Apicurio(*free_ports(1))
    except NoKafka as missing:
        if os.environ.get("REQUIRE_KAFKA") == "1":
            pytest.fail(f"REQUIRE_KAFKA=1, but {missing}", pytrace=False)
        pytest.skip(f"needs a schema registry: {missing}")


def produce(cluster: Cluster, registry: SchemaRegistryClient, *events: Event) -> None:
    """Publish framed, after registering the schemas, as upstream systems would."""
    producer = Producer({"bootstrap.servers": cluster.bootstrap, "partitioner": "murmur2_random"})
    for event in events:
        topic, key = HOME[event["type"]]
        serialize: Any = JSONSerializer(json.dumps(value_schema(topic)), registry, conf={"validate": False})
        value = serialize(event, SerializationContext(cluster.prefix + topic, MessageField.VALUE))
        assert value[0] == 0
        producer.produce(cluster.prefix + topic, value, key=event[key])
    assert producer.flush(10) == 0


def read(cluster: Cluster, registry: SchemaRegistryClient, topic: str) -> list[Any]:
    """What a sink holds, through the deserializer and the schema that it finds in the registry."""
    deserialize: Any = JSONDeserializer(None, schema_registry_client=registry)
    context = SerializationContext(cluster.prefix + topic, MessageField.VALUE)
    return [deserialize(record.value, context) for record in cluster.read(topic)]


def test_serializers_and_deserializers(
    embedded: Embedded, prefix: str, tmp_path: Path, apicurio: Apicurio
) -> None:
    url = {"LINK_STATUS_SCHEMA_REGISTRY_URL": apicurio.url}
    with Cluster(embedded.bootstrap, prefix, tmp_path, **url) as cluster:
        worker = cluster.worker()
        wait_for(lambda: "registry does not answer" in worker.log.read_text(), "it is not waited for")
        status, why = worker.get("/readyz")
        assert (status, b"schema registry" in why) == (503, True)
        with apicurio, SchemaRegistryClient({"url": apicurio.url}) as registry:
            worker.until_ready()
            produce(cluster, registry, *STORY)
            cluster.settle()
            told = read(cluster, registry, "video-status-changes")
            (status, *_) = read(cluster, registry, "video-status")
            registered = set(registry.get_subjects())
        assert [body["version"] for body in told] == [1, 2, 3]
        assert status["video_id"] == "v1"
        assert {f"{prefix}video-status-changes-value", f"{prefix}video-status-value"} <= registered
        assert cluster.read("dead-letters") == []
        # The registry is gone by now, and not missed.
        cluster.produce([("inventory", "p1", stocked("p1", 5, at=30))])
        cluster.settle()
        assert len(cluster.read("video-status-changes")) == 4
        assert worker.stop() < 10
