"""At least once: outputs before the transaction of state and offsets."""

import asyncio

import pytest
from aiokafka.errors import KafkaTimeoutError
from aiokafka.structs import TopicPartition

from streams.runtime.at_least_once import AtLeastOnce
from streams.runtime.commit import Refused
from streams.runtime.state_once import StateOnce
from tests.runtime.fakes import Broker, Producer
from tests.runtime.test_commit import COUNTS, EFFECTS, TP, exactly_once


def state_once(broker: Broker, committable: dict[TopicPartition, int]) -> StateOnce:
    outputs = AtLeastOnce(1, lambda _: Producer(broker), COUNTS, committable, lambda: True)
    return StateOnce(outputs, exactly_once(broker))


def test_outputs_are_acknowledged_before_state_and_offsets_are_committed() -> None:
    broker, committable = Broker(), dict[TopicPartition, int]()
    way = state_once(broker, committable)

    async def run() -> None:
        await way.open()
        assert await way.publish(EFFECTS) == {"log": 2}
        way.finished(EFFECTS)
        await way.close()

    asyncio.run(run())
    assert broker.journal[:4] == ["start", "start", "write out", "written"]
    assert (broker.journal[4], broker.journal[-3:]) == ("begin with worker", ["commit", "stop", "stop"])
    assert broker.journal[5:-3] == ["offsets of worker", "write log", "written"]
    assert broker.offsets == {TP: 8}
    assert committable == {}, "the transaction has them"


@pytest.mark.parametrize("failures", [[KafkaTimeoutError()], [None, KafkaTimeoutError()]])
def test_what_is_refused_can_be_published_again(failures: list[KafkaTimeoutError | None]) -> None:
    broker = Broker()
    broker.failures = list(failures)
    way = state_once(broker, {})

    async def run() -> None:
        await way.open()
        with pytest.raises(Refused):
            await way.publish(EFFECTS)
        assert "commit" not in broker.journal
        await way.retake()
        assert await way.publish(EFFECTS) == {"log": 2}

    asyncio.run(run())
    assert set(broker.values("out", 0)) == {b"v"}
    assert broker.journal[-1] == "commit"
