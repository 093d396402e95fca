"""In which order the effects of a batch become durable."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from aiokafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    ProducerFenced,
)
from aiokafka.structs import TopicPartition

from streams.runtime.at_least_once import AtLeastOnce
from streams.runtime.commit import CommitFailed, Refused
from streams.runtime.exactly_once import ExactlyOnce
from streams.runtime.records import Effects, Outgoing
from tests.runtime.fakes import Broker, Producer

TP = TopicPartition("in", 1)
COUNTS = {"out": 4}
EFFECTS = Effects([Outgoing("out", b"k", b"v", [], 0)], {"log": [(b"a", b"1"), (b"b", None)]}, {TP: 8})


class Group:
    """A `Membership` that answers with these, then with yes."""

    def __init__(self, *answers: bool | KafkaError) -> None:
        self._answers = list(answers)

    async def confirmed(self) -> bool:
        answer = self._answers.pop(0) if self._answers else True
        if isinstance(answer, bool):
            return answer
        raise answer


def at_least_once(broker: Broker, committable: dict[TopicPartition, int]) -> AtLeastOnce:
    return AtLeastOnce(1, lambda _: Producer(broker), COUNTS, committable, lambda: True)


def exactly_once(
    broker: Broker, group: Group | None = None, outcomes: Counter[str] | None = None
) -> ExactlyOnce:
    membership = group or Group()
    return ExactlyOnce(
        "worker-links-1", 1, "worker", lambda given: Producer(broker, given), COUNTS, membership, outcomes
    )


def test_at_least_once_outputs_are_acknowledged_before_the_changelog_is_sent() -> None:
    broker, committable = Broker(), dict[TopicPartition, int]()
    way = at_least_once(broker, committable)

    async def run() -> None:
        await way.open()
        assert await way.publish(EFFECTS) == {"log": 2}

    asyncio.run(run())
    assert broker.journal == ["start", "write out", "written", "write log", "written"]
    assert committable == {}, "offsets wait for the state"
    way.finished(EFFECTS)
    assert committable == {TP: 8}


@pytest.mark.parametrize("failures", [[KafkaTimeoutError()], [None, MessageSizeTooLargeError()]])
def test_at_least_once_what_is_refused_may_be_sent_again(
    failures: list[KafkaTimeoutError | None],
) -> None:
    broker = Broker()
    broker.failures = list(failures)
    way = at_least_once(broker, {})

    async def run() -> None:
        await way.open()
        with pytest.raises(Refused, match="log: Mess" if failures[0] is None else "out: KafkaTimeout"):
            await way.publish(EFFECTS)
        await way.retake()
        positions = await way.publish(EFFECTS)
        assert positions == {"log": 2}
        await way.close()

    asyncio.run(run())
    assert b"v" in broker.values("out", 0)
    assert broker.values("log", 1)[-2:] == [b"1", None]
    again = broker.journal.index("stop")
    assert broker.journal[again : again + 2] == ["stop", "start"], "by another producer"
    assert broker.journal[-1] == "stop"


@pytest.mark.parametrize("missing", ["out", "log"])
def test_at_least_once_nothing_is_sent_before_all_topics_are_there(missing: str) -> None:
    broker = Broker()
    broker.missing = {missing}
    way = at_least_once(broker, {})

    async def run() -> None:
        await way.close()
        with pytest.raises(Refused, match=f"{missing}: KafkaTimeout"):
            await way.publish(EFFECTS)

    asyncio.run(run())
    assert broker.journal == ["start"]


def test_exactly_once_all_of_a_batch_is_in_one_transaction() -> None:
    broker = Broker()
    way = exactly_once(broker)

    async def run() -> None:
        await way.open()
        assert await way.publish(EFFECTS) == {"log": 2}

    asyncio.run(run())
    assert broker.journal[:2] == ["start", "begin with worker"]
    assert broker.journal[-1] == "commit"
    within = broker.journal[2:-1]
    assert within == ["offsets of worker", "write log out", "written"], "one after the other"
    assert broker.offsets == {TP: 8}


def test_exactly_once_a_deadline_has_no_offsets() -> None:
    broker = Broker()
    way = exactly_once(broker)

    async def run() -> None:
        await way.open()
        await way.publish(replace(EFFECTS, offsets={}))

    asyncio.run(run())
    assert broker.offsets == {}
    assert broker.journal == ["start", "begin", "write log out", "written", "commit"]


@pytest.mark.parametrize(
    ("failures", "expected", "outcome"),
    [
        ([ProducerFenced()], CommitFailed, "fenced"),
        ([None, ProducerFenced()], CommitFailed, "fenced"),
        ([None, KafkaTimeoutError()], Refused, "aborted"),
        ([MessageSizeTooLargeError()], Refused, "aborted"),
    ],
)
def test_exactly_once_a_failure_is_not_committed(
    failures: list[KafkaError | None], expected: type[Exception], outcome: str
) -> None:
    broker, outcomes = Broker(), Counter[str]()
    broker.failures = list(failures)
    way = exactly_once(broker, outcomes=outcomes)

    async def run() -> None:
        await way.open()
        with pytest.raises(expected):
            await way.publish(EFFECTS)

    asyncio.run(run())
    assert "commit" not in broker.journal
    assert outcomes == {outcome: 1}


def test_exactly_once_what_is_refused_may_be_sent_in_a_new_transaction() -> None:
    broker = Broker()
    broker.failures = [None, MessageSizeTooLargeError()]
    outcomes = Counter[str]()
    way = exactly_once(broker, outcomes=outcomes)

    async def run() -> None:
        await way.open()
        with pytest.raises(Refused, match=r"^Undelivered: log: MessageSizeTooLargeError"):
            await way.publish(EFFECTS)
        await way.retake()
        await way.publish(EFFECTS)

    asyncio.run(run())
    again = broker.journal.index("stop")
    assert broker.journal[again : again + 3] == ["stop", "start", "begin with worker"]
    assert broker.journal[-1] == "commit"
    assert broker.journal.count("begin with worker") == 2
    assert outcomes == {"aborted": 1, "committed": 1}


@pytest.mark.parametrize("missing", ["out", "log"])
def test_exactly_once_a_missing_topic_opens_no_transaction(missing: str) -> None:
    broker = Broker()
    broker.missing = {missing}
    way = exactly_once(broker)

    async def run() -> None:
        await way.open()
        with pytest.raises(Refused, match=f"{missing}: KafkaTimeout"):
            await way.publish(EFFECTS)

    asyncio.run(run())
    assert broker.journal == ["start"]


def test_exactly_once_no_answer_is_a_refusal_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.runtime.exactly_once.ANSWER_S", 0.0)
    way = exactly_once(Broker())

    async def run() -> None:
        await way.open()
        with pytest.raises(Refused, match="no answer within 0 s"):
            await way.publish(EFFECTS)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("failure", "outcome"), [(KafkaTimeoutError(), "unknown"), (ProducerFenced(), "fenced")]
)
def test_exactly_once_a_commit_that_fails_may_have_happened(failure: KafkaError, outcome: str) -> None:
    broker = Broker()
    broker.no_commit = failure
    outcomes = Counter[str]()
    way = exactly_once(broker, outcomes=outcomes)

    async def run() -> None:
        await way.open()
        with pytest.raises(CommitFailed):
            await way.publish(EFFECTS)

    asyncio.run(run())
    assert outcomes == {outcome: 1}


LEFT: dict[str, tuple[Group, list[str]]] = {
    "left": (Group(False), ["start"]),
    "no answer": (Group(KafkaTimeoutError()), ["start"]),
    "left meanwhile": (Group(True, False), ["start", "stop", "start"]),
}


@pytest.mark.parametrize(("group", "journal"), LEFT.values(), ids=LEFT)
def test_exactly_once_the_id_is_not_taken_back_from_a_rightful_owner(
    group: Group, journal: list[str]
) -> None:
    broker = Broker()
    way = exactly_once(broker, group)

    async def run() -> None:
        await way.open()
        with pytest.raises(CommitFailed):
            await way.retake()

    asyncio.run(run())
    assert broker.journal == journal


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


def test_at_least_once_outputs_are_held_back_once_another_may_have_the_partition() -> None:
    broker, leased = Broker(), False
    way = AtLeastOnce(1, lambda _: Producer(broker), COUNTS, {}, lambda: leased)

    async def run() -> None:
        nonlocal leased
        await way.open()
        with pytest.raises(Refused, match="another worker"):
            await way.publish(EFFECTS)
        assert not broker.logs
        leased = True
        await way.publish(EFFECTS)

    asyncio.run(run())
    assert broker.values("out", 0) == [b"v"]


def test_at_least_once_a_topic_that_never_answers_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.runtime.at_least_once.ANSWER_S", 0.0)
    way = at_least_once(Broker(), {})

    async def run() -> None:
        await way.open()
        with pytest.raises(Refused, match="no answer within 0 s"):
            await way.publish(EFFECTS)

    asyncio.run(run())
