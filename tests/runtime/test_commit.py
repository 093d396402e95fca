"""In which order the effects of a batch become durable."""

import asyncio

import pytest
from aiokafka.errors import KafkaTimeoutError, ProducerFenced
from aiokafka.structs import TopicPartition

from streams.runtime import commit
from streams.runtime.commit import AtLeastOnce, CommitFailed, ExactlyOnce
from streams.runtime.records import Effects, Outgoing
from tests.runtime.fakes import Broker, Producer

TP = TopicPartition("in", 1)
COUNTS = {"out": 4}
EFFECTS = Effects([Outgoing("out", b"k", b"v", [], 0)], {"log": [(b"a", b"1"), (b"b", None)]}, {TP: 8})


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit, "_RETRY_S", 0.0)


def at_least_once(broker: Broker, committable: dict[TopicPartition, int]) -> AtLeastOnce:
    return AtLeastOnce(1, lambda _: Producer(broker), COUNTS, committable)


def exactly_once(broker: Broker) -> ExactlyOnce:
    return ExactlyOnce("worker-links-1", 1, "worker", lambda given: Producer(broker, given), COUNTS)


def test_at_least_once_outputs_are_acknowledged_before_the_changelog_is_sent() -> None:
    broker, committable = Broker(), dict[TopicPartition, int]()
    way = at_least_once(broker, committable)

    async def run() -> None:
        await way.open()
        assert await way.publish(EFFECTS) == {"log": 2}

    asyncio.run(run())
    assert broker.journal == ["start", "send out", "ack out", "send log", "ack log"]
    assert committable == {}, "offsets wait for the state"
    way.finished(EFFECTS)
    assert committable == {TP: 8}


@pytest.mark.parametrize(
    "failures", [[KafkaTimeoutError()], [None, KafkaTimeoutError()], [KafkaTimeoutError()] * 3]
)
def test_at_least_once_sending_is_repeated_until_it_succeeds(
    failures: list[KafkaTimeoutError | None],
) -> None:
    broker = Broker()
    broker.failures = list(failures)
    way = at_least_once(broker, {})

    async def run() -> None:
        await way.open()
        positions = await way.publish(EFFECTS)
        assert positions == {"log": 2}
        await way.close()

    asyncio.run(run())
    assert b"v" in broker.values("out", 0)
    assert broker.values("log", 1)[-2:] == [b"1", None]
    assert broker.journal[-1] == "stop"


def test_exactly_once_all_of_a_batch_is_in_one_transaction() -> None:
    broker = Broker()
    way = exactly_once(broker)

    async def run() -> None:
        await way.open()
        assert await way.publish(EFFECTS) == {"log": 2}

    asyncio.run(run())
    assert broker.journal[:2] == ["start", "begin"]
    assert broker.journal[-1] == "commit"
    within = broker.journal[2:-1]
    assert sorted(within) == ["ack log", "ack out", "offsets of worker", "send log", "send out"]
    assert broker.offsets == {TP: 8}


def test_exactly_once_a_deadline_has_no_offsets() -> None:
    broker = Broker()
    way = exactly_once(broker)

    async def run() -> None:
        await way.open()
        await way.publish(EFFECTS._replace(offsets={}))

    asyncio.run(run())
    assert broker.offsets == {}
    assert broker.journal[-1] == "commit"


@pytest.mark.parametrize("failures", [[ProducerFenced()], [None, KafkaTimeoutError()]])
def test_exactly_once_a_failure_is_not_committed(failures: list[ProducerFenced | None]) -> None:
    broker = Broker()
    broker.failures = list(failures)
    way = exactly_once(broker)

    async def run() -> None:
        await way.open()
        with pytest.raises(CommitFailed, match="worker-links-1"):
            await way.publish(EFFECTS)

    asyncio.run(run())
    assert "commit" not in broker.journal


def test_exactly_once_nothing_is_sent_before_it_is_open_or_after_it_is_closed() -> None:
    broker = Broker()
    way = exactly_once(broker)

    async def run() -> None:
        with pytest.raises(CommitFailed):
            await way.publish(EFFECTS)
        await way.open()
        await way.close()
        with pytest.raises(CommitFailed):
            await way.publish(EFFECTS)

    asyncio.run(run())
    assert broker.journal == ["start", "stop"]
