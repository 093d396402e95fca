"""No worker starts where topics got more partitions since there is state: it would begin anew beside it."""

import asyncio

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewPartitions  # type: ignore[attr-defined]

from demo.brokers.kafka import RealKafka
from streams import provision, startable
from streams.admin import when_there
from streams.doctor.examine import examine
from streams.doctor.finding import Finding, Level
from streams.provision import Difference, WrongTopic
from streams.runtime.connection import Connection
from streams.runtime.partitioner import partition_for
from streams.settings import Settings
from streams.topics import Kind, Topics
from tests.kafka.cluster import apply

MORE = 12


class OnBroker:
    """The declared topics under a prefix of a test's own."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self.bootstrap = bootstrap
        self.connection = Connection(bootstrap)
        self.topics = Topics.load(prefix)
        apply(self.connection, self.topics)

    def keep(self, changelog: str, owner: str, key: bytes) -> None:
        """A record of state, where a worker writes it."""
        producer = Producer({"bootstrap.servers": self.bootstrap})
        producer.produce(
            self.topics.full_name(changelog), b"x", key, partition=partition_for(owner.encode(), 8)
        )
        assert producer.flush(30) == 0

    def leave_a_gap(self, changelog: str, owner: str) -> None:
        """Offsets without a record, as compaction leaves them, before what is kept next of `owner`."""
        topic, partition = self.topics.full_name(changelog), partition_for(owner.encode(), 8)
        producer = Producer({"bootstrap.servers": self.bootstrap, "transactional.id": f"{topic}-gap"})
        producer.init_transactions(30)
        producer.begin_transaction()
        for _ in range(startable._ENOUGH + 1):
            producer.produce(topic, b"x", b"nobody", partition=partition)
        producer.flush(30)
        producer.abort_transaction(30)

    def grow(self) -> None:
        """More partitions for all topics, but sinks."""
        kept = [name for name, topic in self.topics.by_full_name.items() if topic.kind is not Kind.SINK]
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        for done in admin.create_partitions([NewPartitions(name, MORE) for name in kept]).values():
            done.result()

    def check(self) -> list[Difference]:
        return asyncio.run(
            when_there(self.connection, lambda client: startable.check(client, self.connection, self.topics))
        )

    def examine(self) -> list[Finding]:
        """What a doctor says of the topics."""
        settings = Settings(bootstrap_servers=self.bootstrap)

        async def found() -> list[Finding]:
            return [each async for each in examine(settings, self.topics) if each.about == "topics"]

        return asyncio.run(found())


@pytest.fixture
def on(kafka: RealKafka, prefix: str) -> OnBroker:
    return OnBroker(kafka.bootstrap, prefix)


@pytest.mark.parametrize(
    ("changelog", "key"),
    [("links-products-changelog", b"{}\0product"), ("stock-levels-changelog", b"{}")],
)
def test_state_that_would_be_looked_for_elsewhere_keeps_workers_from_starting(
    on: OnBroker, changelog: str, key: bytes
) -> None:
    stays, moves = ids(stay=True), ids(stay=False)
    on.keep(changelog, stays, key.replace(b"{}", stays.encode()))
    assert on.check() == []
    on.grow()
    assert {each.what for each in on.check()} == {provision.PARTITIONS}
    on.leave_a_gap(changelog, moves)
    on.keep(changelog, moves, key.replace(b"{}", moves.encode()))
    with pytest.raises(WrongTopic, match=f"{changelog}: partitions is 12, .*: state of {moves} is on"):
        on.check()
    (told,) = on.examine()
    assert (told.level, f"state of {moves} is on" in told.what) == (Level.FAIL, True)


def ids(stay: bool) -> str:
    """An id that has the same partition of eight as of MORE, or has not."""
    names = (f"id{number}".encode() for number in range(1_000))
    return next(
        name.decode() for name in names if (partition_for(name, 8) == partition_for(name, MORE)) is stay
    )
