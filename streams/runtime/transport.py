"""Faust's Kafka transport, handing on whole fetched batches.

Faust keeps what it is good at: the consumer with its heartbeats, group membership, assignment. What it
does for every record (messages, read offsets, gaps, acknowledgements) is replaced: one message is what was
fetched at once for one step, a batch for each of its partitions.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import aiokafka
import faust
from aiokafka.errors import InvalidSessionTimeoutError, KafkaError
from aiokafka.structs import TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from streams.runtime.inline import ConsumerThread
from streams.runtime.records import Batch, Record

if TYPE_CHECKING:
    from streams.runtime.app import BatchApp

_IDLE_POLL_S = 0.5
# While some task is full its partitions are left out of the poll, which would not notice that it has room
# again.
_BUSY_POLL_S = 0.01
# A poll for each record would cost more than to fold it.
_GATHER_S = 0.001
_MARKERS_S = 0.5
_ANSWER_S = 5.0


class Undecoded(faust.Schema[Any, Any]):
    """Hands batches on as they are: records are decoded by the step, where a bad one can be dead-lettered."""

    def compile(self, app: Any, **_: Any) -> Any:
        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return app.create_event(None, message.value, (), message)

        return decode


class Consumer(driver.Consumer):
    """Fetches for the tasks that have room, one message for all those of a step."""

    app: "BatchApp"
    _markers_at = 0.0

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, thread_loop=self.loop, beacon=self.beacon)

    async def on_started(self) -> None:
        await super().on_started()
        self.add_future(self._watch_membership())

    @property
    def _kafka(self) -> aiokafka.AIOKafkaConsumer:
        """The consumer itself."""
        return self._thread._ensure_consumer()

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self.should_stop or fetcher.should_stop):
                messages = await self._next_messages()
                if messages:
                    # A rebalance suspends the flow: what was not delivered by then is fetched again.
                    await self.wait_first(self._deliver(messages), self.suspend_flow.wait())
                    await asyncio.sleep(_GATHER_S)
        except self.consumer_stopped_errors:
            if not self.transport.app.should_stop:
                raise
        except asyncio.CancelledError:
            # Faust takes it for a crash while a rebalance is under way.
            if not fetcher.should_stop:
                raise

    async def _next_messages(self) -> list[ConsumerMessage]:
        if self._suspended():
            await self.wait(cast(Any, self.can_resume_flow), timeout=_IDLE_POLL_S)
            return []
        tasks = self.app.tasks
        active = self._get_active_partitions()
        wanted = {tp for tp in active if tasks.has_room(tp)}
        if not wanted:
            await self.sleep(_BUSY_POLL_S)
            return []
        fetched = await self._getmany(wanted, _IDLE_POLL_S if len(wanted) == len(active) else _BUSY_POLL_S)
        if self._suspended():
            return []
        self._pass_markers(wanted - fetched.keys())
        return [self._message(batches) for batches in self._by_step(fetched).values()]

    async def _deliver(self, messages: Iterable[ConsumerMessage]) -> None:
        for message in messages:
            await self.callback(message)

    def _suspended(self) -> bool:
        """Whether a rebalance is under way."""
        return not self.flow_active

    async def _watch_membership(self) -> None:
        # Beside the fetcher, which begins with the first assignment: brokers may refuse to give any.
        while not self.should_stop:
            self._check_membership()
            await self.sleep(_IDLE_POLL_S)

    def _check_membership(self) -> None:
        """aiokafka keeps what ends its group membership for the next fetch, or logs it; then it waits for
        ever.
        """
        coordinator = self._kafka._coordinator
        try:
            coordinator.check_errors()
        except InvalidSessionTimeoutError:
            config = self.app.config
            given = f"{config.setting('session_timeout_ms')}={config.session_timeout_ms}"
            bounds = "group.min.session.timeout.ms and group.max.session.timeout.ms"
            raise KafkaError(f"{given}: the brokers take what is within their {bounds}") from None
        if coordinator._coordination_task.done() and not self.should_stop:
            raise KafkaError("this worker is no longer a member of its group, for the reason logged before")

    def _pass_markers(self, quiet: Iterable[TP]) -> None:
        """Tell tasks where the consumer went on without a record, so that transaction markers are no lag."""
        now = time.monotonic()
        if now < self._markers_at:
            return
        self._markers_at = now + _MARKERS_S
        tasks = self.app.tasks
        for tp in quiet:
            position = self._position(tp)
            if position is not None:
                tasks.skip_to(TopicPartition(*tp), position)

    def _position(self, tp: TP) -> int | None:
        """The offset of the next record that the consumer hands out."""
        state = self._state(tp)
        return state.position if state is not None and state.has_valid_position else None

    def _state(self, tp: TP) -> Any:
        """What the consumer knows of a partition; None when it is not assigned."""
        subscription = self._kafka._subscription.subscription
        if subscription is None or subscription.assignment is None:
            return None
        return subscription.assignment.state_value(TopicPartition(*tp))

    def _by_step(self, fetched: Mapping[TP, Sequence[Record]]) -> Mapping[str, list[Batch]]:
        tasks = self.app.tasks
        by_task: dict[tuple[str, int], dict[str, Sequence[Record]]] = defaultdict(dict)
        for tp, records in fetched.items():
            by_task[tasks.step_of(tp.topic), tp.partition][tp.topic] = records
        by_step: dict[str, list[Batch]] = defaultdict(list)
        for (step, partition), records_by_topic in by_task.items():
            tasks.reserve(step, partition)
            by_step[step].append(self._batch(step, partition, records_by_topic))
        return by_step

    def _batch(self, step: str, partition: int, records_by_topic: Mapping[str, Sequence[Record]]) -> Batch:
        positions = {
            TopicPartition(topic, partition): self._position(TP(topic, partition)) or records[-1].offset + 1
            for topic, records in records_by_topic.items()
        }
        return Batch(step, partition, self.app.consumer_generation_id, records_by_topic, positions)

    @staticmethod
    def _message(batches: Sequence[Batch]) -> ConsumerMessage:
        # Faust looks only at the partition and the value; the other fields describe one topic of one batch.
        first = batches[0]
        topic, records = next(iter(first.records.items()))
        last = records[-1]
        return ConsumerMessage(
            topic=topic,
            partition=first.partition,
            offset=last.offset,
            timestamp=last.timestamp / 1000,
            timestamp_type=0,
            headers=None,
            key=None,
            value=cast(Any, batches),
            checksum=None,
            tp=TP(topic, first.partition),
            generation_id=first.generation,
        )

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Go on from the group's offsets, of all partitions by one question: aiokafka asks for one after the
        other.
        """
        assigned = self.assignment()
        known = await self._kafka._coordinator.fetch_committed_offsets(
            [TopicPartition(*tp) for tp in assigned]
        )
        offsets = {TP(*tp): found.offset for tp, found in known.items()}
        for tp, offset in offsets.items():
            await self._seek(tp, offset)
        return offsets

    async def force_commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Commit the offsets of batches whose effects are durable (at least once; exactly once has none
        here).
        """
        offsets = self.app.tasks.take_committable()
        return bool(offsets) and await self._commit({TP(*tp): offset for tp, offset in offsets.items()})

    async def ends(self) -> Mapping[TopicPartition, int]:
        """Where the assigned partitions end, as readers of committed records see it. Raises KafkaError."""
        asked = self._kafka.end_offsets([TopicPartition(*tp) for tp in self.assignment()])
        try:
            ends: Mapping[TopicPartition, int] = await asyncio.wait_for(asked, _ANSWER_S)
        except TimeoutError:
            # A leader hangs. Others lead its partitions soon, which aiokafka may ask about only when a fetch
            # from it has taken 40 s.
            self._kafka._client.force_metadata_update()
            raise
        return ends

    def fetched_ends(self, topics: Collection[str]) -> Mapping[TopicPartition, int]:
        """Where the assigned partitions of `topics` ended when they were fetched last."""
        states = {tp: self._state(tp) for tp in self.assignment() if tp.topic in topics}
        return {
            TopicPartition(*tp): state.highwater
            for tp, state in states.items()
            if state is not None and state.highwater is not None
        }

    def positions(self) -> Mapping[TopicPartition, int]:
        """From where the assigned partitions are read; those that are read from the beginning: 0."""
        return {TopicPartition(*tp): self._position(tp) or 0 for tp in self.assignment()}

    async def partition_counts(self, topics: Iterable[str]) -> Mapping[str, int]:
        """How many partitions each topic has, as far as brokers tell in time; 0 for one that is not there.

        The group assigns anew when that is news.
        """
        client = self._kafka._client
        with suppress(TimeoutError):
            await asyncio.wait_for(client.force_metadata_update(), _ANSWER_S)
        return {topic: len(client.cluster.partitions_for_topic(topic) or ()) for topic in topics}

    async def rejoin(self) -> None:
        """Have the group assign partitions anew."""
        self._kafka._coordinator.request_rejoin()
        await asyncio.sleep(0)

    async def confirmed(self) -> bool:
        """Whether the group still counts this worker in: one heartbeat, answered."""
        return bool(await self._kafka._coordinator._do_heartbeat())

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust's stall detector looks at records and acknowledgements, which do not exist here."""


class Transport(driver.Transport):
    """Faust's aiokafka transport with the batch consumer."""

    Consumer = Consumer
