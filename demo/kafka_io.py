"""The demo's own side of Kafka: systems upstream that send, and a subscriber."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, Producer, TopicPartition

from demo.facts import Fact
from demo.failed import Failed
from schemas.decode import decode
from schemas.status import VideoStatusChanged

CHANGES = "video-status-changes"
DEAD_LETTERS = "dead-letters"
SENT_WITHIN_S = 10
# Nobody needs to hear of a connection that is lost when the demo ends.
QUIET = {"log_level": 0}


class Upstream:
    """Sends facts to the source topics.

    One system partitions as Java clients do, as it should; that of moderation uses librdkafka's default, so
    its records lie on the wrong partitions and are rerouted. Ids of events begin with `run`.
    """

    def __init__(self, brokers: Mapping[str, str], topic_prefix: str = "", run: str = "demo") -> None:
        """`brokers`: how librdkafka reaches them."""
        common = {**brokers, "linger.ms": 0, "error_cb": self._heard, **QUIET}
        self._topic_prefix = topic_prefix
        self._murmur2 = Producer({**common, "partitioner": "murmur2_random"})
        self._crc32 = Producer({**common, "partitioner": "consistent_random"})
        self._heard_last = ""
        self._refused = ""
        self._now = datetime.now(UTC)
        self._ids = (f"{run}-{number:03}" for number in itertools.count(1))

    def send(self, facts: Iterable[Fact]) -> None:
        """Send as of now; returns when the broker has them all. Raises Failed when it does not take them."""
        for fact in facts:
            producer = self._crc32 if fact.topic == "moderation" else self._murmur2
            # Facts of one millisecond would have no order to speak of.
            self._now = max(datetime.now(UTC), self._now + timedelta(milliseconds=1))
            value = fact.record(next(self._ids), self._now)
            producer.produce(
                self._topic_prefix + fact.topic, value, key=fact.key, on_delivery=self._delivered
            )
        if any(producer.flush(SENT_WITHIN_S) for producer in (self._murmur2, self._crc32)):
            raise Failed(f"the broker took no records for {SENT_WITHIN_S} s{self._heard_last}")
        if self._refused:
            raise Failed(f"the broker refuses records{self._refused}")

    def _heard(self, error: KafkaError) -> None:
        self._heard_last = f": {error.str()}"

    def _delivered(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self._refused = f": {error.str()}"


class Subscriber:
    """Reads changes from the beginning; of dead letters it only counts how many there are."""

    def __init__(self, bootstrap: str) -> None:
        self.dead_letters = 0
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "demo",
                "enable.auto.commit": False,
                # The mock cluster answers an empty fetch only when this has passed.
                "fetch.wait.max.ms": 20,
                **QUIET,
            }
        )
        # Partitions are taken without joining a group, which would take seconds.
        topics = (CHANGES, DEAD_LETTERS)
        self._consumer.assign([each for topic in topics for each in self._partitions(topic)])

    def changes(self, wait: float) -> Iterator[VideoStatusChanged]:
        """The changes that came, after waiting for at most `wait` seconds."""
        for message in self._consumer.consume(num_messages=100, timeout=wait):
            if message.error():
                continue
            if message.topic() == DEAD_LETTERS:
                self.dead_letters += 1
                continue
            change = decode(CHANGES, message.value())
            assert isinstance(change, VideoStatusChanged)
            yield change

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()

    def _partitions(self, topic: str) -> Iterator[TopicPartition]:
        metadata = self._consumer.list_topics(topic, timeout=10)
        for partition in metadata.topics[topic].partitions:
            yield TopicPartition(topic, partition, OFFSET_BEGINNING)
