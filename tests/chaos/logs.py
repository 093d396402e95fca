"""Topics as they stand in Kafka: committed records with their places."""

import time
from collections.abc import Iterator
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from tests.support.broker import Stored

_AT_ONCE = 10_000
_POLL_S = 0.05
_WAIT_MS = 10  # after which a broker says that a log ends, 500 by default
_PATIENCE_S = 30.0


def committed(bootstrap: str, topic: str) -> list[Stored]:
    """All committed records of a topic (its full name), one partition after the other."""
    configuration: dict[str, Any] = {
        "bootstrap.servers": bootstrap,
        "group.id": f"{topic}-judge",
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "fetch.message.max.bytes": 8 << 20,
        "fetch.wait.max.ms": _WAIT_MS,
        "log_level": 0,
    }
    consumer = Consumer(configuration)
    try:
        partitions = consumer.list_topics(topic, timeout=_PATIENCE_S).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
        return sorted(_until_ends(consumer, len(partitions)), key=lambda record: record[:2])
    finally:
        consumer.close()


def _until_ends(consumer: Consumer, ends: int) -> Iterator[Stored]:
    patience = time.monotonic() + _PATIENCE_S
    ended: set[int | None] = set()  # each of them again and again, if it is still written to
    while len(ended) < ends:
        # It returns when it has them all, or the time is over: there may be fewer.
        messages = consumer.consume(_AT_ONCE, timeout=_POLL_S)
        if messages:
            patience = time.monotonic() + _PATIENCE_S
        assert time.monotonic() < patience, "the broker hands out nothing"
        for message in messages:
            error = message.error()
            if error is None:
                yield _stored(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                ended.add(message.partition())
            else:
                raise KafkaException(error)


def _stored(message: Message) -> Stored:
    partition, offset = message.partition(), message.offset()
    assert partition is not None and offset is not None
    headers: Any = message.headers() or []
    return Stored(partition, offset, message.key(), message.value(), headers)
