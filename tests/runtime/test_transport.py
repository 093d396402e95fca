"""A fetch that outlives a rebalance loses no record; what ends the membership ends the worker."""

import asyncio
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import IllegalStateError, InvalidSessionTimeoutError, KafkaError
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.types import TP as TP_

from streams.runtime import inline, transport
from streams.runtime.inline import ConsumerThread
from streams.runtime.transport import Consumer

TP = TopicPartition("decisions", 3)
RECORDS = [SimpleNamespace(offset=offset) for offset in (22, 24)]


class Fetching:
    """aiokafka's consumer, whose answer comes as a rebalance begins, if one does."""

    def __init__(self, rebalance: bool, assigned: bool = True) -> None:
        self._closed = False
        self._fetcher = self
        self._subscriptions = SimpleNamespace(fetch_context=nullcontext)
        self._assigned = assigned
        self._rebalance = rebalance
        self.flow = SimpleNamespace(flow_active=True)
        self.sought: list[tuple[TopicPartition, int]] = []

    async def fetched_records(self, *_: Any, **__: Any) -> dict[TopicPartition, list[Any]]:
        self.flow.flow_active = not self._rebalance
        return {TP: RECORDS}

    def seek(self, tp: TopicPartition, offset: int) -> None:
        if not self._assigned:
            raise IllegalStateError()
        self.sought.append((tp, offset))


def fetch(consumer: Fetching) -> Any:
    thread: Any = ConsumerThread.__new__(ConsumerThread)
    thread.consumer = consumer.flow
    return asyncio.run(thread._fetch_records(consumer, {TP}, timeout=1.0, max_records=10))


@pytest.mark.parametrize(("slept", "said"), [(1.1, []), (9.1, ["nothing ran for 8 s"])])
def test_a_loop_that_stood_still_is_told_of_without_a_thread(
    slept: float, said: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Service:
        now = 0.0
        should_stop = False

        async def sleep(self, _: float) -> None:
            self.now += slept
            self.should_stop = True

    service: Any = Service()
    monkeypatch.setattr(inline, "monotonic", lambda: service.now)
    asyncio.run(ConsumerThread._keepalive2(service))
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == said


def test_what_is_fetched_is_handed_on() -> None:
    consumer = Fetching(rebalance=False)
    assert fetch(consumer) == {TP: RECORDS}
    assert not consumer.sought


def test_what_comes_while_nobody_takes_it_is_fetched_again() -> None:
    consumer = Fetching(rebalance=True)
    assert fetch(consumer) == {}
    assert consumer.sought == [(TP, 22)]


def test_a_partition_may_be_gone_by_then() -> None:
    assert fetch(Fetching(rebalance=True, assigned=False)) == {}


def test_ends_are_those_of_the_last_fetch() -> None:
    consumer: Any = Consumer.__new__(Consumer)
    ends = {TP: 30, TopicPartition("decisions", 4): None, TopicPartition("others", 3): 40}
    states = {tp: SimpleNamespace(highwater=end) for tp, end in ends.items()}
    gone = TopicPartition("decisions", 5)
    consumer.assignment = lambda: {TP_(*tp) for tp in (*ends, gone)}
    subscription = SimpleNamespace(assignment=SimpleNamespace(state_value=states.get))
    client = SimpleNamespace(_subscription=SimpleNamespace(subscription=subscription))
    consumer._thread = SimpleNamespace(_ensure_consumer=lambda: client)
    assert consumer.fetched_ends({"decisions"}) == {TP: 30}


def test_who_leads_is_asked_anew_where_a_leader_does_not_say_where_its_partitions_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "_ANSWER_S", 0.0)
    asked = []

    async def hang(_: object) -> None:
        await asyncio.Event().wait()

    consumer: Any = Consumer.__new__(Consumer)
    consumer.assignment = lambda: {TP_(*TP)}
    client = SimpleNamespace(force_metadata_update=lambda: asked.append("metadata"))
    kafka = SimpleNamespace(end_offsets=hang, _client=client)
    consumer._thread = SimpleNamespace(_ensure_consumer=lambda: kafka)
    with pytest.raises(TimeoutError):
        asyncio.run(consumer.ends())
    assert asked == ["metadata"]


def test_committed_offsets_are_asked_for_once() -> None:
    asked, sought = [], []
    ends = {TP: 7, TopicPartition("decisions", 4): 0}

    async def committed(partitions: list[TopicPartition]) -> dict[TopicPartition, OffsetAndMetadata]:
        asked.append(sorted(partitions))
        return {tp: OffsetAndMetadata(end, "") for tp, end in ends.items()}

    consumer: Any = Consumer.__new__(Consumer)
    never = TopicPartition("others", 3)
    consumer.assignment = lambda: {TP_(*tp) for tp in (*ends, never)}
    kafka = SimpleNamespace(_coordinator=SimpleNamespace(fetch_committed_offsets=committed))
    consumer._thread = SimpleNamespace(
        _ensure_consumer=lambda: kafka, seek=lambda tp, offset: sought.append((tp, offset))
    )
    assert asyncio.run(consumer.seek_to_committed()) == ends
    assert (asked, sought) == ([[*ends, never]], list(ends.items()))


class Coordinating:
    """aiokafka's coordinator, which `pushed` keeps from the group, or which has `ended`."""

    def __init__(self, pushed: Exception | None = None, ended: bool = False) -> None:
        self._pushed = pushed
        self._coordination_task = SimpleNamespace(done=lambda: ended)

    def check_errors(self) -> None:
        if self._pushed is not None:
            raise self._pushed


@pytest.mark.parametrize(
    ("coordinator", "why"),
    [
        (
            Coordinating(InvalidSessionTimeoutError()),
            "SESSION_TIMEOUT_MS=1000: .*group.min.session",
        ),
        (Coordinating(KafkaError("another")), "another"),
        (Coordinating(ended=True), "no longer a member"),
    ],
)
def test_what_ends_the_membership_is_raised_without_partitions(coordinator: Coordinating, why: str) -> None:
    consumer: Any = Consumer.__new__(Consumer)
    client = SimpleNamespace(_coordinator=coordinator)
    consumer._thread = SimpleNamespace(_ensure_consumer=lambda: client)
    consumer._shutdown = consumer._stopped = consumer._crashed = SimpleNamespace(is_set=lambda: False)
    consumer.app = SimpleNamespace(config=SimpleNamespace(session_timeout_ms=1000, setting=str.upper))
    with pytest.raises(KafkaError, match=why):
        asyncio.run(consumer._watch_membership())


@pytest.mark.parametrize("stops", [True, False])
def test_a_fetcher_that_is_stopped_ends_and_is_not_cancelled(stops: bool) -> None:
    async def cancelled() -> bool:
        consumer: Any = Consumer.__new__(Consumer)
        consumer._shutdown = consumer._stopped = consumer._crashed = SimpleNamespace(is_set=lambda: False)
        consumer._next_messages = lambda: asyncio.sleep(60)
        fetcher = SimpleNamespace(should_stop=False)
        fetching = asyncio.ensure_future(consumer._drain_messages(fetcher))
        await asyncio.sleep(0)
        fetcher.should_stop = stops
        fetching.cancel()
        await asyncio.wait({fetching})
        return bool(fetching.cancelled())

    assert asyncio.run(cancelled()) is not stops
