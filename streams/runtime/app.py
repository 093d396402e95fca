"""A Faust app whose agents take batches."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

import faust
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from faust.app.base import BootStrategy
from faust.assignor.partition_assignor import PartitionAssignor
from faust.types import TP

from streams.runtime import clients, compression, fetch, instances, membership, rebootstrap, sockets
from streams.runtime.assignor import Assignor
from streams.runtime.commit import Commit, CommitFailed
from streams.runtime.config import Config
from streams.runtime.durations import Durations
from streams.runtime.inputs import Inputs
from streams.runtime.lag import Lag
from streams.runtime.lease import Lease, LeasedConsumer
from streams.runtime.patience import Patient
from streams.runtime.records import Batch, Effects
from streams.runtime.resources import Resources
from streams.runtime.restoration import TableManager
from streams.runtime.step import StepSpec, TaskId
from streams.runtime.takeover import Takeover
from streams.runtime.task import Clock, Observer
from streams.runtime.tasks import Tasks
from streams.runtime.transport import Consumer, Transport, Undecoded

log = logging.getLogger(__name__)

# Stopping must be graceful within 10 seconds in all; a rebalance must not hold up the group for longer
# either.
_DRAIN_S = 5.0
_COMMIT_S = 1.5
_STOP_S = 8.0

compression.install()
fetch.install()
membership.install()
rebootstrap.install()
sockets.install()


class LeftBehind(Exception):
    """Threads and coroutines still wait for something, and would keep the process. The cause is what crashed
    the app, if anything did.
    """


class BatchBoot(BootStrategy):
    """Faust's services without those that the runtime replaces."""

    enable_kafka_producer = False
    enable_web = False
    enable_sensors = False


class _Observers:
    """Several observers as one."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def finished(self, batch: Batch, effects: Effects, folding_s: float, committing_s: float) -> None:
        for observer in self._observers:
            observer.finished(batch, effects, folding_s, committing_s)


class BatchApp(faust.App):
    """Joins the steps to Faust: group membership and agents are Faust's, state and commits the runtime's."""

    BootStrategy = BatchBoot

    def __init__(
        self,
        config: Config,
        specs: Sequence[StepSpec],
        partitions: Mapping[str, int],
        clock: Clock,
        observer: Observer,
    ) -> None:
        instances.install(config.setting("group_instance_id"))
        self.config = config
        self.partition_counts = partitions
        self.lease = Lease(config.session_timeout_ms / 1000)
        self.lag = Lag(clock)
        self.rebalances = Durations()
        self.transactions: Counter[str] = Counter()
        """How many ended in which way (streams/runtime/exactly_once.py, OUTCOMES)."""
        self.inputs = Inputs(self, [topic for spec in specs for topic in spec.topics])
        super().__init__(
            config.group,
            broker=[f"kafka://{server}" for server in config.connection.bootstrap_servers.split(",")],
            store="memory://",
            datadir=str(config.directory),
            TableManager=TableManager,
            PartitionAssignor=Assignor,
            canonical_url=config.url,
            autodiscover=False,
            topic_allow_declare=False,
            topic_disable_leader=True,
            stream_wait_empty=False,
            broker_session_timeout=config.session_timeout_ms / 1000,
            broker_commit_interval=config.commit_interval_ms / 1000,
        )
        takeover = Takeover(
            specs,
            partitions,
            directory=config.directory / config.group,
            resources=Resources(config.block_cache_bytes, config.write_buffer_bytes),
            cached_objects=config.cached_objects,
            new_commit=self._new_commit,
            new_reader=partial(clients.reader, config.connection),
            batch_max_records=config.batch_max_records,
            interval_s=config.batch_interval_ms / 1000,
            behind=self.inputs.behind,
            deferral=config.deferral,
        )
        self.tasks = Tasks(takeover, clock, _Observers(self.lag, observer), self._on_task_failure)
        for spec in specs:
            self._add_agent(spec)
        self.on_partitions_revoked.connect(self._on_revoked)
        self.on_before_shutdown.connect(self._on_shutdown)
        self.on_rebalance_complete.connect(self._on_resuming)

    async def run_until(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then let go of everything.

        Raises LeftBehind when the app crashed, or something (a broker is away) cannot be let go of in time.
        """
        asyncio.get_running_loop().set_exception_handler(_failed)
        self.finalize()
        self.in_worker = True
        # A start may have to wait for brokers; one that fails crashes the app.
        self.add_future(self.start())
        ends = [asyncio.create_task(each.wait()) for each in (stop, self._crashed)]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
            let_go = await self._let_go()
        failure = _failure(self.crash_reason, stop.is_set())
        if failure is not None or not let_go:
            raise LeftBehind from failure

    async def _on_partitions_revoked(self, revoked: set[TP]) -> None:
        if self.should_stop:
            # Which drains as well, but the rebalance, after which they may be others', waits for this alone.
            await self.tasks.drain(_DRAIN_S)
        await super()._on_partitions_revoked(revoked)

    def _on_rebalance_when_stopped(self) -> None:
        """The consumer is about to leave the group: Faust would close its connections before it could."""

    def _crash(self, reason: BaseException) -> None:
        # The first reason is the one to tell: what Faust cancels because of it calls that a crash, too.
        if self.crash_reason is None:
            super()._crash(reason)

    async def _let_go(self) -> bool:
        # Not wait_for: what hangs may also ignore that it is cancelled.
        stopping = asyncio.create_task(self.stop())
        stopped, _ = await asyncio.wait({stopping}, timeout=_STOP_S)
        return bool(stopped) and not stopping.cancelled() and stopping.exception() is None

    def new_group_consumer(self, assignor: Any) -> AIOKafkaConsumer:
        """The consumer of the worker's group (unstarted)."""
        return LeasedConsumer(
            self.lease, self.inputs.missed, **clients.group_arguments(self.config, assignor)
        )

    def worker_of(self, topic: str, partition: int) -> str | None:
        """The URL of the worker that the group's last assignment gave a partition; None if it names none."""
        assignor = cast(PartitionAssignor, self.assignor)
        assigned: Mapping[str, Mapping[str, Sequence[int]]] = assignor.external_topic_distribution
        return next((url for url, topics in assigned.items() if partition in topics.get(topic, ())), None)

    def _create_directories(self) -> None:
        """Faust's own are not used; stores make theirs."""

    def _new_commit(self, step: str, partition: int) -> Commit:
        commit = clients.commit(
            self.config,
            (step, partition),
            self.partition_counts,
            cast(Consumer, self.consumer),
            self.tasks.committable,
            self.transactions,
            self.lease,
        )
        return Patient(commit, (step, partition), self.tasks.waiting)

    def _new_transport(self) -> Transport:
        return Transport(self.conf.broker_consumer, self)

    def _add_agent(self, spec: StepSpec) -> None:
        async def take_batches(stream: Any) -> None:
            async for event in stream.events():
                for batch in event.value:
                    self.tasks.accept(batch, self.consumer_generation_id)

        self.agent(self.topic(*spec.topics, schema=Undecoded(), acks=False), name=spec.name)(take_batches)

    async def _on_resuming(self, *_: Any, **__: Any) -> None:
        self.lag.begin(cast(Consumer, self.consumer).positions())
        self.rebalances.end()

    async def _on_revoked(self, *_: Any, **__: Any) -> None:
        self.rebalances.begin()
        # The coordinator has answered, and nobody asks on while the group joins, for half a minute at times.
        self.lag.answered({})
        await self.tasks.drain(_DRAIN_S)
        await self.consumer.commit()

    async def _on_shutdown(self, *_: Any, **__: Any) -> None:
        await self.tasks.drain(_DRAIN_S)
        try:
            await asyncio.wait_for(self.consumer.commit(), _COMMIT_S)
        except TimeoutError:
            log.warning("offsets could not be committed in time: what they cover will be processed again")
        await self.tasks.close()

    def _on_task_failure(self, task: TaskId, error: Exception) -> None:
        if isinstance(error, CommitFailed):
            # Whether this worker still owns the partition is the group's to say: taking the transactional id
            # back without asking would fence a rightful new owner.
            self._spawned = asyncio.ensure_future(cast(Consumer, self.consumer).rejoin())
        else:
            self._spawned = asyncio.ensure_future(self.crash(error))


def _failed(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A connection that is lost fails all that waits for it; the first failure is acted on, the others need
    no log.
    """
    if isinstance(context.get("exception"), KafkaError) and "future" in context:
        log.debug("%s: %r", context["message"], context["exception"])
    else:
        loop.default_exception_handler(context)


def _failure(crash: BaseException | None, stopping: bool) -> BaseException | None:
    """What an app ends with. Faust calls it a crash when its fetcher is cancelled during a rebalance, for a
    supervisor to restart it; when the app is being stopped it is none.
    """
    return None if stopping and isinstance(crash, asyncio.CancelledError) else crash
