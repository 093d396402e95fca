"""Requests of a producer: how many, in which order, and what becomes of each answer."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import (
    ConcurrentTransactions,
    InvalidProducerEpoch,
    KafkaConnectionError,
    KafkaError,
    MessageSizeTooLargeError,
    NoError,
    NotCoordinatorError,
    NotLeaderForPartitionError,
    OperationNotAttempted,
    ProducerClosed,
    ProducerFenced,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnknownTopicOrPartitionError,
)
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.structs import TopicPartition

from streams.runtime import messages
from streams.runtime import producer as runtime
from streams.runtime.connection import Connection
from streams.runtime.messages import TransactionAbortable
from streams.runtime.outbox import fill
from streams.runtime.producer import Producer, Undelivered

A, B, LOG = TopicPartition("out", 0), TopicPartition("out", 1), TopicPartition("log", 0)
LEADERS = {A: 1, B: 2, LOG: 1}
# As brokers from 4.0 on say it, and aiokafka does not know.
PRODUCER_FENCED, TRANSACTION_ABORTABLE = SimpleNamespace(errno=90), SimpleNamespace(errno=120)
_PAUSES_S = 1e-4


class Brokers:
    """An AIOKafkaClient of brokers that answer as told. `errors`: by request, or partition, one each time.

    `version`: that of their transactions.
    """

    def __init__(self) -> None:
        self.version = 1
        self.asked: list[str] = []
        self.errors: dict[object, list[Any]] = defaultdict(list)
        self.written: dict[TopicPartition, list[DefaultRecordBatch]] = defaultdict(list)
        self.leaders = dict(LEADERS)
        self.refreshed = 0
        self.closings = 0
        self._ids = 100
        self.cluster = SimpleNamespace(leader_for_partition=self.leaders.get)

    async def bootstrap(self) -> None: ...

    async def close(self) -> None:
        self.closings += 1
        if self.errors["close"]:
            raise self.errors["close"].pop(0)

    async def _wait_on_metadata(self, topic: str) -> None:
        if self.errors[topic]:
            raise self.errors[topic].pop(0)
        await asyncio.sleep(0)

    def force_metadata_update(self) -> None:
        self.refreshed += 1

    def get_random_node(self) -> int:
        return 1

    async def coordinator_lookup(self, kind: int, key: str) -> int:
        self.asked.append(f"lookup {key}")
        return 1

    async def send(self, node: int, request: Any, group: Any = None) -> Any:
        newer = isinstance(request, messages.Message)
        name = type(request.struct if newer else request).__name__.partition("Request")[0]
        self.asked.append(name)
        await asyncio.sleep(0)
        error = self._next(name)
        if error is KafkaConnectionError:
            raise error("gone")
        if name == "ApiVersions":
            return SimpleNamespace(error_code=error.errno, transaction_version=self.version)
        assert newer == (self.version == 2) or name == "InitProducerId"
        if name == "Produce":
            return SimpleNamespace(
                topics=self._take(node, request.struct.topics if newer else request._topics)
            )
        if name in ("AddPartitionsToTxn", "TxnOffsetCommit"):
            return SimpleNamespace(errors=[("out", [(0, error.errno), (1, self._next(B).errno)])])
        self._ids += 1
        if name == "EndTxn":
            return SimpleNamespace(error_code=error.errno, producer_id=100, producer_epoch=self._ids)
        return SimpleNamespace(error_code=error.errno, producer_id=self._ids, producer_epoch=7)

    def _next(self, about: object) -> Any:
        return self.errors[about].pop(0) if self.errors[about] else NoError

    def _take(self, node: int, topics: Any) -> Any:
        answers = []
        for topic, partitions, *_ in topics:
            for partition, data, *_ in partitions:
                tp = TopicPartition(topic, partition)
                assert LEADERS[tp] == node
                error, offset = self._next(tp), len(self.written[tp])  # of one record each
                if error is NoError:
                    self.written[tp].append(DefaultRecordBatch(bytes(data)))
                answers.append((topic, [(partition, error.errno, offset, -1, 0)]))
        return answers


@pytest.fixture
def brokers(monkeypatch: pytest.MonkeyPatch) -> Brokers:
    brokers = Brokers()

    class Client(runtime._Client):
        def __init__(self, **_: Any) -> None:
            self.cluster = brokers.cluster

        def __getattribute__(self, name: str) -> Any:
            return getattr(brokers, name) if name != "closed" else False

    monkeypatch.setattr(runtime, "_Client", Client)
    monkeypatch.setattr(runtime, "_LONGEST_S", _PAUSES_S)
    monkeypatch.setattr("streams.runtime.coordinators._LONGEST_S", _PAUSES_S)
    return brokers


def play(what: Callable[[Producer], Coroutine[Any, Any, None]], transactional_id: str | None = "t") -> None:
    """Do something with a started producer."""

    async def run() -> None:
        producer = Producer(Connection("nowhere:1"), transactional_id, "zstd")
        await producer.start()
        await what(producer)

    asyncio.run(run())


def batches(producer: Producer, *values: bytes) -> list[Any]:
    """Record batches of one record each."""
    made = []
    for value in values:
        batch = producer.new_batch(10_000)
        fill(batch, [(b"k", value, [])], 0)
        made.append(batch)
    return made


def test_a_transaction_takes_four_steps(brokers: Brokers) -> None:
    async def transaction(producer: Producer) -> None:
        brokers.asked.clear()
        lanes = {tp: batches(producer, b"v") for tp in (A, B, LOG)}
        await producer.begin(lanes.keys(), "group")
        assert await producer.write(lanes) == {A: 1, B: 1, LOG: 1}
        await producer.send_offsets({A: 9}, "group")
        await producer.commit()

    play(transaction)
    assert brokers.asked[:2] == ["AddPartitionsToTxn", "AddOffsetsToTxn"]
    assert brokers.asked[2:4] == ["Produce", "Produce"], "one to each leader"
    assert brokers.asked[4:] == ["lookup group", "TxnOffsetCommit", "EndTxn"]
    (batch,) = brokers.written[A]
    assert (batch.producer_id, batch.producer_epoch, batch.is_transactional) == (101, 7, True)


@pytest.mark.parametrize(
    ("partitions", "group", "asked"),
    [([A], None, ["AddPartitionsToTxn"]), ([], "group", ["AddOffsetsToTxn"]), ([], None, [])],
)
def test_what_a_transaction_has_not_is_not_added(
    brokers: Brokers, partitions: list[TopicPartition], group: str | None, asked: list[str]
) -> None:
    async def begin(producer: Producer) -> None:
        brokers.asked.clear()
        await producer.begin(partitions, group)

    play(begin)
    assert brokers.asked == asked


def test_one_that_cannot_start_lets_go(brokers: Brokers) -> None:
    brokers.errors["InitProducerId"] = [TransactionalIdAuthorizationFailed]

    async def nothing(producer: Producer) -> None: ...

    with pytest.raises(TransactionalIdAuthorizationFailed):
        play(nothing)
    assert brokers.closings == 1


@pytest.mark.parametrize("error", [TimeoutError(), KafkaConnectionError(), OSError()])
def test_nothing_that_goes_wrong_as_it_stops_is_a_failure(brokers: Brokers, error: Exception) -> None:
    brokers.errors["close"] = [error]
    play(lambda producer: producer.stop())
    assert brokers.closings == 1


@pytest.mark.parametrize("error", [TimeoutError(), TopicAuthorizationFailedError({"log"})])
def test_a_topic_that_cannot_be_reached_is_told_by_name(brokers: Brokers, error: Exception) -> None:
    brokers.errors["log"] = [error]

    async def reach(producer: Producer) -> None:
        with pytest.raises(Undelivered) as told:
            await producer.reach(["out", "log", "more"])
        assert (told.value.topic, told.value.cause) == ("log", error)
        await producer.reach(["out", "log"])

    play(reach)


def test_with_version_2_what_is_written_becomes_part_of_the_transaction(brokers: Brokers) -> None:
    brokers.version = 2

    async def transaction(producer: Producer) -> None:
        brokers.asked.clear()
        for _ in range(2):
            lanes = {tp: batches(producer, b"v", b"w") for tp in (A, LOG)}
            await producer.begin(lanes.keys(), "group")
            await producer.send_offsets({A: 9}, "group")
            await producer.write(lanes)
            await producer.commit()

    play(transaction)
    assert brokers.asked == ["lookup group", *["TxnOffsetCommit", "Produce", "Produce", "EndTxn"] * 2]
    of_both = [(batch.producer_epoch, batch.base_sequence) for batch in brokers.written[A]]
    assert of_both == [(7, 0), (7, 1), (102, 0), (102, 1)], "each has an epoch, which counts from 0"


def test_a_write_waits_for_the_markers_of_the_last_transaction(brokers: Brokers) -> None:
    brokers.version = 2
    brokers.errors[A] = [ConcurrentTransactions, ConcurrentTransactions]

    async def write(producer: Producer) -> None:
        assert await producer.write({A: batches(producer, b"1")}) == {A: 1}

    play(write)


def test_sequences_go_on_and_partitions_are_added_once_a_transaction(brokers: Brokers) -> None:
    async def three(producer: Producer) -> None:
        for _ in range(2):
            await producer.begin([A], None)
            await producer.write({A: batches(producer, b"1", b"2")})
            await producer.write({A: batches(producer, b"3")})
            await producer.commit()

    play(three)
    assert [batch.base_sequence for batch in brokers.written[A]] == [0, 1, 2, 3, 4, 5]
    assert [record.value for batch in brokers.written[A] for record in batch] == [b"1", b"2", b"3"] * 2
    assert brokers.asked.count("AddPartitionsToTxn") == 2


@pytest.mark.parametrize("error", [NotLeaderForPartitionError, KafkaConnectionError])
def test_what_may_go_well_later_is_sent_again_as_it_was(brokers: Brokers, error: type[KafkaError]) -> None:
    brokers.errors["Produce" if error is KafkaConnectionError else A] = [error, error]

    async def write(producer: Producer) -> None:
        assert await producer.write({A: batches(producer, b"1", b"2"), B: batches(producer, b"3")}) == {
            A: 2,
            B: 1,
        }

    play(write, None)
    assert [batch.base_sequence for batch in brokers.written[A]] == [0, 1]
    assert brokers.refreshed >= 1
    assert len(brokers.written[B]) == 1


def test_a_partition_without_a_leader_is_waited_for(brokers: Brokers) -> None:
    del brokers.leaders[A]

    async def write(producer: Producer) -> None:
        writing = asyncio.ensure_future(producer.write({A: batches(producer, b"1")}))
        while not brokers.refreshed:
            await asyncio.sleep(0)
        brokers.leaders[A] = LEADERS[A]
        assert await writing == {A: 1}

    play(write, None)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (MessageSizeTooLargeError, MessageSizeTooLargeError),
        (InvalidProducerEpoch, ProducerFenced),
        (PRODUCER_FENCED, ProducerFenced),
        (TRANSACTION_ABORTABLE, TransactionAbortable),
        (TopicAuthorizationFailedError, TopicAuthorizationFailedError),
    ],
)
def test_a_refusal_is_told_when_all_have_answered(
    brokers: Brokers, error: Any, cause: type[KafkaError]
) -> None:
    brokers.errors[A] = [error]

    async def write(producer: Producer) -> None:
        with pytest.raises(Undelivered, match=f"out: {cause.__name__}") as refused:
            await producer.write({A: batches(producer, b"1", b"2"), B: batches(producer, b"3")})
        assert isinstance(refused.value.cause, cause)
        assert (len(brokers.written[A]), len(brokers.written[B])) == (0, 1)

    play(write, None)


def test_after_a_write_that_did_not_end_it_begins_anew(brokers: Brokers) -> None:
    brokers.errors[A] = [NoError, MessageSizeTooLargeError]

    async def write(producer: Producer) -> None:
        await producer.write({A: batches(producer, b"1")})
        with pytest.raises(Undelivered):
            await producer.write({A: batches(producer, b"2")})
        await producer.write({A: batches(producer, b"3")})

    play(write, None)
    told = [(batch.producer_id, batch.base_sequence) for batch in brokers.written[A]]
    assert told[0][1] == told[1][1] == 0
    assert told[0][0] != told[1][0]


def test_coordinators_are_asked_until_they_can_answer(brokers: Brokers) -> None:
    brokers.errors["InitProducerId"] = [ConcurrentTransactions, NotCoordinatorError, KafkaConnectionError]
    brokers.errors["EndTxn"] = [KafkaConnectionError]
    brokers.errors["AddPartitionsToTxn"] = [OperationNotAttempted]

    async def transaction(producer: Producer) -> None:
        await producer.begin([A], None)
        await producer.write({A: batches(producer, b"1")})
        await producer.commit()

    play(transaction)
    assert brokers.asked.count("InitProducerId") == 4
    assert brokers.asked.count("lookup t") == 4, (
        "where one went away, or is it no more, it is looked up again"
    )
    assert brokers.asked.count("EndTxn") == 2


@pytest.mark.parametrize(
    ("request_", "error", "expected", "says"),
    [
        ("AddPartitionsToTxn", InvalidProducerEpoch, ProducerFenced, None),
        ("AddPartitionsToTxn", PRODUCER_FENCED, ProducerFenced, None),
        ("AddPartitionsToTxn", TopicAuthorizationFailedError, TopicAuthorizationFailedError, "out"),
        (B, TopicAuthorizationFailedError, TopicAuthorizationFailedError, "out"),
        ("AddPartitionsToTxn", TransactionalIdAuthorizationFailed, TransactionalIdAuthorizationFailed, "t"),
    ],
)
def test_what_waiting_does_not_mend_is_told(
    brokers: Brokers, request_: object, error: Any, expected: type[KafkaError], says: str | None
) -> None:
    brokers.errors[request_] = [error]
    if request_ == B:  # waiting mends what another partition has
        brokers.errors["AddPartitionsToTxn"] = [UnknownTopicOrPartitionError]

    async def write(producer: Producer) -> None:
        with pytest.raises(expected, match=says):
            await producer.begin([A], None)

    play(write)


def test_a_closed_one_asks_nobody() -> None:
    async def run() -> None:
        producer = Producer(Connection("127.0.0.1:1"), "t", "zstd")
        await producer.stop()
        with pytest.raises(ProducerClosed):
            await producer._coordinators.init()

    asyncio.run(asyncio.wait_for(run(), 10))
