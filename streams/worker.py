"""The worker: checks the topics, then processes until it is told to stop."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from typing import NamedTuple

import uvloop
from aiokafka.admin import AIOKafkaAdminClient

from streams import admin, authorization, process, schema_registry, startable, topology
from streams.absence import Absence
from streams.ceiling import Ceiling, under
from streams.health import WorkerHealth
from streams.owners import Owners
from streams.runtime.app import BatchApp, LeftBehind
from streams.runtime.clients import transactional_id
from streams.runtime.config import Config
from streams.runtime.connection import FORBIDDEN, Connection
from streams.security import connection
from streams.serving import Serving
from streams.settings import ENV_PREFIX, Settings, WrongSetting, variable
from streams.topics import Name, Topics
from streams.tracing import seam

log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Process until SIGTERM or SIGINT; returns when all is let go.

    Raises WrongSetting and WrongTopic before anything is read. Ends the process with 1 when the worker
    crashed.
    """
    settings.check_access()
    settings.make_data_dir()
    process.take_files(settings.web_max_connections)
    process.tame_garbage_collector()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(_run(settings, settings.topics()))
        except LeftBehind as left:
            # State is safe however the process ends.
            if left.__cause__ is None:
                log.warning("not everything could be let go of in time; leaving it behind")
                os._exit(0)
            log.error("crashed: %s%s", left.__cause__, _advice(left.__cause__))
            os._exit(1)


def _advice(cause: BaseException) -> str:
    return "; not allowed by the brokers any more (docs/security.md)" if isinstance(cause, FORBIDDEN) else ""


async def _run(settings: Settings, topics: Topics) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    serving = Serving(settings, topics)
    starting = asyncio.create_task(_surroundings(settings, topics, serving))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    try:
        if starting.done():
            await _work(settings, topics, serving, starting.result(), stop)
    finally:
        starting.cancel()
        stopping.cancel()
        await serving.close()


class _Broker(NamedTuple):
    """What a worker must know of it: the way there, partitions by full topic name, whether it isolates."""

    connection: Connection
    partitions: Mapping[str, int]
    transactions: bool


class _Surroundings(NamedTuple):
    """Where others reach this worker, the broker, and the frames of a schema registry, if there is one."""

    url: str
    broker: _Broker
    frames: Mapping[str, bytes]


async def _surroundings(settings: Settings, topics: Topics, serving: Serving) -> _Surroundings:
    """Listens before it looks for the others; waits for those that are away."""
    brokers, group = connection(settings), settings.consumer_group
    url = await serving.listen()
    broker = await admin.when_there(brokers, lambda client: _survey(client, brokers, topics, group))
    registry = settings.schema_registry_url
    return _Surroundings(url, broker, await schema_registry.frames(registry, topics) if registry else {})


async def _survey(client: AIOKafkaAdminClient, brokers: Connection, topics: Topics, group: str) -> _Broker:
    """Look before anything is read. Raises NotAuthorized and WrongTopic."""
    mock = await admin.is_mock(client)
    if not mock:
        await authorization.check(client, topics, group, transactional_id(group, topology.LINKS, 0))
    for difference in await startable.check(client, brokers, topics):
        log.warning("%s", difference)
    actual = await admin.describe(client, topics.by_full_name)
    partitions = {name: found.partitions for name, found in actual.items()}
    return _Broker(brokers, partitions, not mock)


async def _work(
    settings: Settings, topics: Topics, serving: Serving, found: _Surroundings, stop: asyncio.Event
) -> None:
    broker = found.broker
    ceiling = Ceiling(
        settings.dead_letter_limit, settings.dead_letter_minimum, topics.full_name(Name.DEAD_LETTERS)
    )
    tracing = seam.tracing(settings, topics)
    try:
        steps = topology.steps(topics, settings.max_record_bytes, found.frames, tracing.follow)
        config = _config(settings, broker, found.url)
        specs = tracing.over(under(ceiling, serving.watch.over(steps)))
        app = BatchApp(config, specs, broker.partitions, _now, tracing.beside(serving))
        absence = Absence(app.lag, broker.connection, partial(connection, settings))
        patience_s, session_s = settings.stall_timeout_ms / 1000, settings.session_timeout_ms / 1000
        health = WorkerHealth(app, ceiling, absence, patience_s, session_s)
        owners = Owners(app, steps, broker.partitions)
        # What-if asks the step itself, beside the ceiling, which counts what happens.
        build = next(spec.build for spec in steps if spec.name == topology.LINKS)
        await serving.start(app, owners, build, health, _now)
        await _process(app, absence, stop)
    finally:
        tracing.close()


async def _process(app: BatchApp, absence: Absence, stop: asyncio.Event) -> None:
    log.info("started", extra=_description(app))
    for beside in (process.collect_garbage(), app.inputs.watch(), absence.watch()):
        app.add_future(beside)  # which crashes the app if it fails
    await app.run_until(stop)
    log.info("stopped")


def _description(app: BatchApp) -> dict[str, object]:
    config = app.config
    return {
        "version": version("product-link-status"),
        "group": config.group,
        "brokers": config.connection.bootstrap_servers,
        "security_protocol": config.connection.security.get("security_protocol"),
        "exactly_once": config.exactly_once,
        "url": config.url,
    }


def _exactly_once(settings: Settings, transactions: bool) -> bool:
    """Whether to process exactly once. Raises WrongSetting where the broker cannot and it was asked for."""
    if settings.processing_guarantee == "at_least_once":
        return False
    if not transactions and "processing_guarantee" in settings.model_fields_set:
        raise WrongSetting(
            f"{ENV_PREFIX}PROCESSING_GUARANTEE=exactly_once: this broker, librdkafka's mock, has no isolation"
        )
    if not transactions:
        log.warning("this broker, librdkafka's mock, has no isolation: processing at least once")
    return transactions


def _config(settings: Settings, broker: _Broker, url: str) -> Config:
    return Config(
        group=settings.consumer_group,
        connection=broker.connection,
        directory=settings.data_dir.absolute(),
        exactly_once=_exactly_once(settings, broker.transactions),
        batch_max_records=settings.batch_max_records,
        batch_interval_ms=settings.batch_interval_ms,
        commit_interval_ms=settings.commit_interval_ms,
        commit_max_writes=settings.commit_max_writes,
        compression=settings.compression_type,
        session_timeout_ms=settings.session_timeout_ms,
        group_instance_id=settings.group_instance_id or None,
        cached_objects=settings.state_cache_objects,
        block_cache_bytes=settings.block_cache_bytes,
        write_buffer_bytes=settings.write_buffer_bytes,
        url=url,
        transactions=broker.transactions,
        setting=variable,
    )


def _now() -> int:
    return time.time_ns() // 1_000_000
