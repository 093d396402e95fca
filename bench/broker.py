"""What a measure does on the broker beside the engines: topics, loads, offsets, reading back."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

PARTITIONS = 4
_TIMEOUT_S = 10.0
_CHUNK = 10_000
# A chunk that does not fill up, as the last one, is waited for so long.
_READ_S = 0.1
# librdkafka logs each connection that a broker closes; what matters is raised.
_SILENT = {"log_level": 0}


class Broker:
    """The one broker that every engine of a run is measured on."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._admin = AdminClient({"bootstrap.servers": bootstrap, **_SILENT})

    def create(self, *topics: str, cleanup: str = "delete") -> None:
        """Make topics of four partitions, as one broker can keep them."""
        new = [NewTopic(topic, PARTITIONS, 1, config={"cleanup.policy": cleanup}) for topic in topics]
        for future in self._admin.create_topics(new).values():
            future.result()

    def remove(self, run: str) -> None:
        """Remove every topic that has `run` in its name, so that the disk does not fill up."""
        topics = [topic for topic in self._admin.list_topics(timeout=_TIMEOUT_S).topics if run in topic]
        for future in self._admin.delete_topics(topics).values() if topics else ():
            with contextlib.suppress(KafkaException):  # an engine may have removed its own
                future.result()

    def fill(self, records: Iterable[tuple[str, bytes, bytes]]) -> None:
        """Send topic, key and value of each record, partitioned as Java clients do; wait until all are in."""
        producer = self.producer(linger_ms=50)
        produce = producer.produce
        for topic, key, value in records:
            while True:
                try:
                    produce(topic, value, key)
                    break
                except BufferError:
                    producer.poll(0.1)
        if producer.flush(60):
            raise TimeoutError("the load could not be sent")

    def producer(self, linger_ms: int) -> Producer:
        """A producer for loads."""
        return Producer(
            {
                "bootstrap.servers": self.bootstrap,
                "partitioner": "murmur2_random",
                "linger.ms": linger_ms,
                "batch.size": 500_000,
                "compression.type": "lz4",
                "queue.buffering.max.messages": 1_000_000,
                **_SILENT,
            }
        )

    def consumer(self, group: str) -> Consumer:
        """A consumer of committed records that joins no group and commits nothing."""
        return Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": group,
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 100,
                "fetch.queue.backoff.ms": 1,
                **_SILENT,
            }
        )

    def partitions(self, topic: str) -> list[int]:
        """The partitions of a topic."""
        return sorted(self._admin.list_topics(topic, timeout=_TIMEOUT_S).topics[topic].partitions)

    def read(self, topic: str) -> Iterator[tuple[bytes, bytes]]:
        """Key and value of every committed record of a topic, up to its end."""
        with contextlib.closing(self.consumer("bench-reader")) as consumer:
            open_ = set(self.partitions(topic))
            consumer.assign([TopicPartition(topic, partition, 0) for partition in open_])
            while open_:
                for message in consumer.consume(_CHUNK, _READ_S):
                    if is_end(message):
                        open_.discard(message.partition())
                    else:
                        yield message.key() or b"", message.value() or b""

    def progress(self, group: str, topics: Sequence[str]) -> "Progress":
        """How far `group` is in `topics`, which get no more records."""
        return Progress(self, group, topics)


class Progress:
    """Follows the committed offsets of a group; `close` it."""

    def __init__(self, broker: Broker, group: str, topics: Sequence[str]) -> None:
        self._consumer = broker.consumer(group)
        self._ends = {
            TopicPartition(topic, partition): self._end(topic, partition)
            for topic in topics
            for partition in broker.partitions(topic)
        }

    def done(self) -> bool:
        """Whether the group has committed all there is."""
        behind = [tp for tp, end in self._ends.items() if end]
        try:
            committed = self._consumer.committed(behind, timeout=_TIMEOUT_S)
        except KafkaException:  # no coordinator yet
            return False
        return all(tp.offset >= self._ends[TopicPartition(tp.topic, tp.partition)] for tp in committed)

    def close(self) -> None:
        """Let go of the connection."""
        self._consumer.close()

    def _end(self, topic: str, partition: int) -> int:
        low, high = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), _TIMEOUT_S)
        return int(high) if high > low else 0


def is_end(message: Message) -> bool:
    """Whether this says that a partition is read up. Raises KafkaException for any other error."""
    error = message.error()
    if error is None:
        return False
    if error.code() == KafkaError._PARTITION_EOF:
        return True
    raise KafkaException(error)
