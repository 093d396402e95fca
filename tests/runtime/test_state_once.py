"""At least once: outputs before the transaction of state and offsets."""

import asyncio

import pytest
from aiokafka.errors import KafkaTimeoutError
from aiokafka.structs import TopicPartition

from streams.runtime import commit
from streams.runtime.commit import AtLeastOnce, CommitFailed, ExactlyOnce
from streams.runtime.state_once import StateOnce
from tests.runtime.fakes import Broker, Producer
from tests.runtime.test_commit import COUNTS, EFFECTS, TP


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit, "_RETRY_S", 0.0)


def state_once(broker: Broker, committable: dict[TopicPartition, int]) -> StateOnce:
    outputs = AtLeastOnce(1, lambda _: Producer(broker), COUNTS, committable)
    return StateOnce(outputs, ExactlyOnce("id", 1, "worker", lambda given: Producer(broker, given), COUNTS))


def test_outputs_are_acknowledged_before_state_and_offsets_are_committed() -> None:
    broker, committable = Broker(), dict[TopicPartition, int]()
    way = state_once(broker, committable)

    async def run() -> None:
        await way.open()
        assert await way.publish(EFFECTS) == {"log": 2}
        way.finished(EFFECTS)
        await way.close()

    asyncio.run(run())
    assert broker.journal[:4] == ["start", "start", "send out", "ack out"]
    assert (broker.journal[4], broker.journal[-3:]) == ("begin", ["commit", "stop", "stop"])
    assert sorted(broker.journal[5:-3]) == ["ack log", "offsets of worker", "send log"]
    assert broker.offsets == {TP: 8}
    assert committable == {}, "the transaction has them"


def test_outputs_are_repeated_until_they_are_acknowledged() -> None:
    broker = Broker()
    broker.failures = [KafkaTimeoutError(), KafkaTimeoutError()]
    way = state_once(broker, {})

    async def run() -> None:
        await way.open()
        await way.publish(EFFECTS)

    asyncio.run(run())
    assert broker.values("out", 0) == [b"v"]
    assert broker.journal[-1] == "commit"


def test_state_that_cannot_be_committed_fails_the_batch() -> None:
    broker = Broker()
    broker.failures = [None, KafkaTimeoutError()]
    way = state_once(broker, {})

    async def run() -> None:
        await way.open()
        with pytest.raises(CommitFailed, match="id"):
            await way.publish(EFFECTS)

    asyncio.run(run())
    assert "ack out" in broker.journal
    assert "commit" not in broker.journal
