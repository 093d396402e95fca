"""librdkafka's mock cluster: a broker that pip installs, for the demo and the quick tests."""

from types import TracebackType
from typing import Self

from confluent_kafka import Producer


class Embedded:
    """A mock Kafka broker in this process, from `with` to its end; it forgets everything when it stops.

    It makes a topic (4 partitions) when one is first asked for, and serves consumer groups and idempotent
    producers over TCP on loopback. It has no CreateTopics, configurations, compaction or isolation levels.
    """

    def __init__(self) -> None:
        self._cluster: Producer | None = None
        self.bootstrap = ""
        """host:port, once it runs."""

    def __enter__(self) -> Self:
        # The cluster lives as long as this client, which is never used to produce.
        self._cluster = Producer(
            {"bootstrap.servers": "replaced-by-the-mock", "test.mock.num.brokers": 1, "log_level": 4}
        )
        broker = next(iter(self._cluster.list_topics(timeout=10).brokers.values()))
        self.bootstrap = f"{broker.host}:{broker.port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cluster = None
