"""Topics on librdkafka's mock cluster, which makes them by itself with 4 partitions."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from demo.brokers.embedded import Embedded
from streams import provision
from streams.admin import Actual, ask_for, when_there
from streams.admin import describe as describe_topics
from streams.provision import Difference, Missing, WrongTopic
from streams.runtime.connection import Connection
from streams.topics import Topics

T = TypeVar("T")

TOPICS = Topics.load("shop.")


def on(broker: Embedded, work: Callable[[AIOKafkaAdminClient, Topics], Awaitable[T]]) -> T:
    return asyncio.run(when_there(Connection(broker.bootstrap), lambda admin: work(admin, TOPICS)))


def test_all_topics_are_missing_at_first_and_looking_creates_none(embedded: Embedded) -> None:
    for _ in range(2):
        found = on(embedded, provision.plan)
        assert [each.topic for each in found if isinstance(each, Missing)] == list(TOPICS.by_full_name)


def test_topics_of_others_on_the_same_broker_are_not_looked_at(embedded: Embedded) -> None:
    async def describe(admin: AIOKafkaAdminClient) -> dict[str, Actual]:
        await ask_for(admin, ["ours", "theirs"])
        return await describe_topics(admin, ["ours", "missing"])

    assert asyncio.run(when_there(Connection(embedded.bootstrap), describe)) == {"ours": Actual(4, None)}


def test_a_worker_refuses_a_missing_topic(embedded: Embedded) -> None:
    with pytest.raises(WrongTopic, match=r"topic shop\.video-links: it is missing"):
        on(embedded, provision.check)


def test_the_broker_makes_them_in_its_own_way_and_that_is_said(embedded: Embedded) -> None:
    applied = on(embedded, provision.apply)
    assert applied.on_mock
    assert list(applied.created) == list(TOPICS.by_full_name)
    assert list(applied.differences) == [
        Difference(name, "partitions", "4", "8") for name in TOPICS.by_full_name
    ]


def test_a_second_time_creates_nothing(embedded: Embedded) -> None:
    on(embedded, provision.apply)
    assert on(embedded, provision.apply).created == ()


def test_a_worker_may_start_on_them_since_co_partitioned_counts_are_equal(embedded: Embedded) -> None:
    on(embedded, provision.apply)
    assert {each.what for each in on(embedded, provision.check)} == {"partitions"}
