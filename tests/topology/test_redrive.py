"""Dead letters back to where they came from: the original as it was, and a count of the attempts."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import msgspec.json
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.structs import RecordMetadata, TopicPartition

from streams import letters as finding
from streams.commands.letter_query import Query
from streams.commands.redrive import Order
from streams.dead_letters import Letter, letter
from streams.letters import Found, Place, Wanted, _around
from streams.redrive import ATTEMPTS, Outcome, attempts, plan, record, send
from streams.runtime.records import Headers
from tests.runtime.fakes import Broker, Reader, Sent
from tests.support.broker import Stored
from tests.support.events import posted
from tests.support.simulation import Simulation
from tests.support.sinks import changes
from tests.topology.test_dead_letters import BAD

OWN: dict[str, Headers] = {
    "none": [],
    "others": [("trace", b"\x00\xff"), ("empty", None), ("trace", b"again")],
    "all of CloudEvents": [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"7"),
        ("ce_type", b"seller_decision"),
        ("ce_source", b"/shop"),
        ("ce_subject", b"c1"),
        ("ce_time", b"2026-11-23T09:00:00Z"),
        ("content-type", b"application/json"),
    ],
    "some of CloudEvents": [("content-type", b"text/x"), ("ce_id", b"7"), ("ce_time", b"now")],
    "ours, from upstream": [("__streams.errors.exception", b"theirs"), ("__streams.errors.topic", b"x")],
}
PARTITIONS = {topic: 4 for topic, _, _ in BAD.values()}


def letters(simulation: Simulation) -> list[Found]:
    """All dead letters, read as the commands do."""
    return [found(stored) for stored in simulation.out("dead-letters")]


def found(stored: Stored) -> Found:
    read = letter(stored)
    assert read is not None
    return Found(Place(stored.partition, stored.offset), stored.timestamp, read)


def source_offset(found: Found) -> int:
    return found.letter.original.source.offset


def redrive(simulation: Simulation, outcome: Outcome) -> Stored:
    """Carry out what was planned."""
    assert outcome.left is None
    sent = simulation.broker.send(record(outcome.found.letter.original, outcome.attempt))
    simulation.pump()
    return sent


def check_given_back(topic: str, key: bytes | None, value: bytes | None, own: Headers) -> str:
    """Publish a bad record, and assert that its letter gives it back; returns the code."""
    simulation = Simulation()
    simulation.publish(topic, b"filler", b"", partition=2)
    simulation.publish(topic, key, value, own, partition=2)
    simulation.pump()
    (read,) = [each.letter for each in letters(simulation) if each.letter.original.source.offset == 1]
    original = read.original
    assert (original.source.topic, original.source.partition) == (topic, 2)
    assert (original.key, original.value, list(original.headers)) == (key, value, own)
    return read.code


@pytest.mark.parametrize(("topic", "value", "code"), BAD.values(), ids=BAD)
def test_a_letter_gives_back_the_original(topic: str, value: bytes | None, code: str) -> None:
    assert check_given_back(topic, b"\xffkey", value, []) == code


@pytest.mark.parametrize("own", OWN.values(), ids=OWN)
@pytest.mark.parametrize("key", [b"\xffkey", b"", None])
def test_whatever_its_key_and_headers(key: bytes | None, own: Headers) -> None:
    check_given_back("moderation", key, b"{", own)


def test_what_others_put_into_the_topic_is_no_letter() -> None:
    simulation = Simulation()
    names = ("topic", "partition", "offset", "exception", "message")
    headers = [(f"__streams.errors.{name}", b"x") for name in names]
    assert letter(simulation.publish("dead-letters", b"k", b"v", headers)) is None
    assert letter(simulation.publish("dead-letters", b"k", b"v", headers[1:])) is None
    assert letter(simulation.publish("dead-letters", b"k", b"v")) is None


def test_a_rerouted_record_goes_back_to_its_source() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1", at=10))
    lost = simulation.publish(
        "video-links", b"own", msgspec.json.encode(posted("v1", "p2", at=11)), [("h", b"1")], partition=0
    )
    simulation.pump()
    assert simulation.out("events-by-creator"), "it was not rerouted"
    (only,) = letters(simulation)
    again = redrive(simulation, plan(only, PARTITIONS, 3))
    assert (again.partition, again.key, again.value) == (lost.partition, lost.key, lost.value)
    assert list(again.headers) == [("h", b"1"), (ATTEMPTS, b"1")]


def test_each_attempt_is_counted_and_there_is_a_last_one() -> None:
    simulation = Simulation()
    simulation.publish("moderation", b"c1", b"{", [("h", b"1")], partition=1)
    simulation.pump()
    for attempt in (1, 2, 3):
        newest = letters(simulation)[-1]
        assert attempts(newest.letter.original) == attempt - 1
        redrive(simulation, plan(newest, PARTITIONS, 3))
    assert list(letters(simulation)[-1].letter.original.headers) == [("h", b"1"), (ATTEMPTS, b"3")]
    assert plan(letters(simulation)[-1], PARTITIONS, 3).left == "redriven 3 times before"


def test_what_was_fixed_downstream_is_taken_and_twice_is_once() -> None:
    simulation = Simulation()
    simulation.publish("video-links", b"c1", b"{", partition=0)
    simulation.pump()
    (only,) = letters(simulation)
    good = only.letter.original._replace(value=msgspec.json.encode(posted("v1", "p1")))
    for _ in range(2):
        redrive(simulation, plan(only._replace(letter=Letter(good, "", "")), PARTITIONS, 3))
    assert len(changes(simulation)) == 1
    assert len(letters(simulation)) == 1


@pytest.mark.parametrize(
    ("partition", "partitions"), [(0, {}), (1, {}), (1, {"moderation": 1}), (1, {"inventory": 4})]
)
def test_a_place_that_is_no_input_is_left(partition: int, partitions: dict[str, int]) -> None:
    simulation = Simulation()
    simulation.publish("moderation", b"c1", b"{", partition=partition)
    simulation.pump()
    left = plan(letters(simulation)[0], partitions, 3).left
    assert left == f"moderation-{partition} is no input of link status"


@pytest.mark.parametrize("counted", [None, b"", b"x", b"-1"])
def test_what_counts_nothing_is_no_attempt(counted: bytes | None) -> None:
    simulation = Simulation()
    simulation.publish("moderation", b"c1", b"{", [(ATTEMPTS, counted)], partition=1)
    simulation.pump()
    assert attempts(letters(simulation)[0].letter.original) == 0


@pytest.mark.parametrize(
    ("wanted", "takes"),
    [
        (Wanted(), True),
        (Wanted(codes=frozenset({"invalid_json", "too_large"})), True),
        (Wanted(codes=frozenset({"too_large"})), False),
        (Wanted(places=frozenset({Place(7, 7), Place(3, 0)})), True),
        (Wanted(places=frozenset({Place(7, 7)})), False),
        (Wanted(topics=frozenset({"moderation"})), True),
        (Wanted(topics=frozenset({"inventory"})), False),
        (Wanted(since=500, until=501), True),
        (Wanted(since=501), False),
        (Wanted(until=500), False),
    ],
)
def test_letters_are_chosen_by_code_topic_and_time(wanted: Wanted, takes: bool) -> None:
    simulation = Simulation()
    simulation.publish("moderation", b"c1", b"{", partition=1)
    simulation.pump()
    assert wanted.takes(letters(simulation)[0]._replace(timestamp=500)) is takes


@pytest.mark.parametrize("text", ["3", "3-", "-1", "a-1", "3-1-2", "", "٣-x"])
def test_what_names_no_letter_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no place of a dead letter"):
        Place.parse(text)


def test_a_place_is_read_as_it_is_told() -> None:
    assert Place.parse(str(Place(3, 120))) == Place(3, 120)


def test_places_narrow_down_what_is_read() -> None:
    places = [Place(0, 5), Place(0, 9), Place(1, 99), Place(2, 1)]
    assert [_around(places, partition, range(2, 50)) for partition in range(3)] == [
        range(5, 10),
        range(0),
        range(0),
    ]
    assert _around([], 0, range(2, 50)) == range(2, 50)


def test_of_all_that_is_read_letters_that_are_wanted_are_found() -> None:
    simulation = Simulation(partitions=1)
    simulation.publish("dead-letters", b"not", b"ours")
    simulation.publish("moderation", b"c1", b"{")
    simulation.publish("inventory", b"p1", b"{")
    simulation.pump()
    broker, tp = Broker(), TopicPartition("dead-letters", 0)
    broker.logs[tp] += [Sent(*stored) for stored in simulation.out("dead-letters")]
    wanted = Wanted(topics=frozenset({"moderation"}))

    async def find() -> list[Found]:
        return [each async for each in finding.find(Reader(broker), [(tp, range(3))], wanted)]

    found = asyncio.run(find())
    assert [each.letter.original.source.topic for each in found] == ["moderation"]


class Hanging:
    """A producer whose broker answers only so many times."""

    def __init__(self, answers: int) -> None:
        self._answers = answers
        self.asked = asyncio.Event()

    def create_batch(self) -> Any:
        return self

    def append(self, **_: object) -> None: ...

    async def send_batch(self, _: object, topic: str, partition: int) -> asyncio.Future[RecordMetadata]:
        sent = asyncio.get_running_loop().create_future()
        if self._answers:
            self._answers -= 1
            place = TopicPartition(topic, partition)
            sent.set_result(RecordMetadata(topic, partition, place, 7, -1, -1, 0))
        else:
            self.asked.set()
        return sent


class Taking:
    """A producer whose broker refuses one value."""

    def __init__(self, refused: bytes) -> None:
        self._refused = refused
        self.took: list[tuple[str, int, dict[str, Any]]] = []

    def create_batch(self) -> Any:
        record: dict[str, Any] = {}
        return SimpleNamespace(append=record.update, record=record)

    async def send_batch(self, batch: Any, topic: str, partition: int) -> asyncio.Future[RecordMetadata]:
        if batch.record["value"] == self._refused:
            raise MessageSizeTooLargeError
        self.took.append((topic, partition, batch.record))
        return await Hanging(answers=1).send_batch(batch, topic, partition)


def test_one_that_is_left_is_not_sent_and_one_that_is_refused_takes_no_other_with_it() -> None:
    simulation = Simulation()
    simulation.publish("moderation", b"c1", b"{", [(ATTEMPTS, b"3")], partition=1)
    simulation.publish("moderation", b"c1", b"[", partition=1)
    simulation.publish("moderation", None, b"", [("h", None)], partition=1)
    simulation.pump()
    producer, told = Taking(refused=b"["), list[Outcome]()
    planned = [plan(each, PARTITIONS, 3) for each in sorted(letters(simulation), key=source_offset)]
    asyncio.run(send(cast(AIOKafkaProducer, producer), planned, told.append))
    again = {"key": None, "value": b"", "timestamp": None, "headers": [("h", None), (ATTEMPTS, b"1")]}
    assert producer.took == [("moderation", 1, again)]
    assert [(each.left, each.offset) for each in told] == [
        ("redriven 3 times before", None),
        ("refused by the broker: [Error 10] MessageSizeTooLargeError", None),
        (None, 7),
    ]


def order(monkeypatch: pytest.MonkeyPatch, limit: int, number: int = 5) -> Order:
    """Of so many letters of one partition."""
    simulation = Simulation(partitions=4)
    for _ in range(number):
        simulation.publish("moderation", b"c1", b"{", partition=1)
    simulation.pump()

    async def find(*_: object) -> AsyncIterator[Found]:
        for each in letters(simulation):
            yield each

    monkeypatch.setattr(finding, "find", find)
    query = Query(cast(Any, None), cast(Any, None), Wanted())
    return Order(query, limit, max_attempts=3, dry_run=True, as_json=False)


def test_one_that_is_stopped_tells_what_it_did(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def stopped() -> None:
        producer, nobody = Hanging(answers=3), cast(AIOKafkaConsumer, None)
        asked = order(monkeypatch, limit=0)._each(
            nobody, [], Counter(PARTITIONS), cast(AIOKafkaProducer, producer)
        )
        working, fourth = asyncio.ensure_future(asked), asyncio.ensure_future(producer.asked.wait())
        await asyncio.wait({working, fourth}, return_when=asyncio.FIRST_COMPLETED)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working

    asyncio.run(stopped())
    said = capsys.readouterr()
    assert said.out.count("to moderation-1, offset 7, attempt 1\n") == 3
    assert said.err == "stopped: 3 redriven, and perhaps the next of each partition\n"


@pytest.mark.parametrize(("limit", "sent"), [(0, 5), (2, 2), (9, 5)])
def test_no_limit_is_all_of_them_as_in_a_list(limit: int, sent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = order(monkeypatch, limit)._each(cast(AIOKafkaConsumer, None), [], Counter(PARTITIONS), None)
    assert asyncio.run(asked).sent == sent
