"""Topics on a real Kafka: created as declared, never changed, refused by a worker where they are wrong."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from demo.brokers.kafka import RealKafka
from streams import admin as broker
from streams import provision
from streams.admin import Refused, when_there
from streams.provision import Applied, Difference, WrongTopic
from streams.runtime.connection import Connection
from streams.topics import Topics

T = TypeVar("T")

Work = Callable[[AIOKafkaAdminClient], Awaitable[T]]


class OnBroker:
    """The declared topics under a prefix of a test's own, and what is done about them."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self.bootstrap = bootstrap
        self.topics = Topics.load(prefix)

    def do(self, work: Work[T]) -> T:
        return asyncio.run(when_there(Connection(self.bootstrap), work))

    def apply(self) -> Applied:
        return self.do(lambda admin: provision.apply(admin, self.topics))

    def check(self) -> list[Difference]:
        return self.do(lambda admin: provision.check(admin, self.topics))

    def create(self, name: str, partitions: int = 8, configs: Mapping[str, str] | None = None) -> str:
        """Create one by hand, as declared but for what is given; return its full name."""
        full, whole = self.topics.full_name(name), self.topics[name].configs | dict(configs or {})
        assert self.do(lambda admin: broker.create(admin, full, partitions, whole))
        return full


@pytest.fixture
def on(kafka: RealKafka, prefix: str) -> OnBroker:
    return OnBroker(kafka.bootstrap, prefix)


def test_what_is_missing_is_created_as_declared(on: OnBroker) -> None:
    declared = on.topics.by_full_name
    applied = on.apply()
    assert (list(applied.created), applied.differences, applied.on_mock) == (list(declared), (), False)

    actual = on.do(lambda admin: broker.describe(admin, declared))
    for name, topic in declared.items():
        assert actual[name].partitions == topic.partitions
        assert topic.configs.items() <= (actual[name].configs or {}).items()
    assert on.check() == []


def test_a_second_time_changes_nothing(on: OnBroker) -> None:
    on.apply()
    assert on.apply() == Applied((), (), False)


def test_what_differs_is_reported_and_left(on: OnBroker) -> None:
    name = on.create("video-status-changes", 3, {"retention.ms": "1000"})
    differs = [
        Difference(name, "partitions", "3", "8"),
        Difference(name, "retention.ms", "1000", str(30 * 86_400_000)),
    ]
    applied = on.apply()
    assert name not in applied.created
    assert len(applied.created) == len(on.topics) - 1
    assert list(applied.differences) == differs
    assert on.check() == differs  # a sink with other partitions is a worker's to use


def test_a_group_with_equal_counts_other_than_declared_is_allowed(on: OnBroker) -> None:
    for topic in on.topics.groups["product"]:
        on.create(topic.name, 2)
    on.apply()
    assert {each.actual for each in on.check()} == {"2"}


def test_a_worker_refuses_a_missing_topic(on: OnBroker) -> None:
    with pytest.raises(WrongTopic) as refused:
        on.check()
    assert refused.value.topic == on.topics.full_name("video-links")
    assert (refused.value.what, refused.value.is_) == ("it", "missing")


@pytest.mark.parametrize("name", ["video-links", "stock-by-creator", "links-timers-changelog"])
def test_a_worker_refuses_a_topic_with_other_partitions_than_its_group(on: OnBroker, name: str) -> None:
    wrong = on.create(name, 7)
    on.apply()
    with pytest.raises(WrongTopic, match="co-partitioned by creator") as refused:
        on.check()
    assert (refused.value.topic, refused.value.is_) == (wrong, "7")


@pytest.mark.parametrize("name", ["links-videos-changelog", "stock-levels-changelog", "video-status"])
@pytest.mark.parametrize("policy", ["delete", "compact,delete"])
def test_a_worker_refuses_state_that_is_deleted_with_time(on: OnBroker, name: str, policy: str) -> None:
    wrong = on.create(name, configs={"cleanup.policy": policy})
    on.apply()
    with pytest.raises(WrongTopic) as refused:
        on.check()
    assert (refused.value.topic, refused.value.what) == (wrong, "cleanup.policy")


def test_a_worker_refuses_dead_letters_that_may_not_take_an_original(on: OnBroker) -> None:
    on.create("inventory", configs={"max.message.bytes": "2097152"})
    on.apply()
    with pytest.raises(WrongTopic, match="above the sources' 2097152") as refused:
        on.check()
    assert refused.value.topic == on.topics.full_name("dead-letters")


def test_a_configuration_that_kafka_does_not_know_is_refused_naming_the_topic(on: OnBroker) -> None:
    with pytest.raises(Refused, match=r"inventory: Unknown topic config name: retention\.msec"):
        on.create("inventory", configs={"retention.msec": "1"})


def test_topics_that_another_creates_in_the_meantime_are_fine(on: OnBroker) -> None:
    async def twice(admin: AIOKafkaAdminClient) -> list[Applied]:
        return await asyncio.gather(*(provision.apply(admin, on.topics) for _ in range(2)))

    created = [name for applied in on.do(twice) for name in applied.created]
    assert sorted(created) == sorted(on.topics.by_full_name)
