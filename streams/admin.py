"""The administration of a broker: wait for it, see which topics are there, make topics, forget groups."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    GroupIdNotFound,
    IncompatibleBrokerVersion,
    InvalidReplicationFactorError,
    KafkaConnectionError,
    NodeNotReadyError,
    NotCoordinatorError,
    RequestTimedOutError,
    TopicAlreadyExistsError,
    for_code,
)
from aiokafka.protocol.admin import DeleteGroupsRequest

from streams import refusals
from streams.refusals import Address
from streams.runtime.connection import Connection
from streams.silence import Silence

T = TypeVar("T")

log = logging.getLogger(__name__)

REQUEST_TIMEOUT_MS = 10_000
LONGEST_PAUSE_S = 5.0
SHOWN_WITHIN_S = 15.0
SHOWN_POLL_S = 0.1
NO_ERROR = 0
NO_CONTROLLER = -1
REPLICATION_OF_BROKER = -1
# What a controller says while no broker's heartbeats reach it: just after a start, or on a busy machine.
# Where there are too few for good it says something else, by the same code (Kafka's StripedReplicaPlacer).
_ALL_FENCED = "All brokers are currently fenced"

AWAY = (KafkaConnectionError, NodeNotReadyError, RequestTimedOutError, TimeoutError)
NOT_YET = (CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError)


class Refused(Exception):
    """The broker did not make or delete a topic or a group. Its text names which, and the reason."""


@dataclass(frozen=True)
class Actual:
    """A topic as the broker has it."""

    partitions: int

    configs: Mapping[str, str] | None
    """By Kafka's names; None where the broker cannot, or may not, describe them."""


async def when_there(connection: Connection, work: Callable[[AIOKafkaAdminClient], Awaitable[T]]) -> T:
    """Do `work` with a client; as long as the broker is away, say so and begin again.

    `work` must be fit to be repeated. Cancel to give up. Raises NotLetIn when the broker refuses us.
    """
    pause = 0.5
    with Silence(connection.bootstrap_servers) as silence:
        while True:
            brokers: set[Address] = set()
            try:
                async with _connected(connection, brokers) as admin:
                    silence.end()
                    return await work(admin)
            except NOT_YET as error:
                log.info("the brokers are still finding together (%s); waiting", type(error).__name__)
            except AWAY as error:
                silence.begin()
                doubt = await refusals.explain(connection, brokers)
                silence.say(doubt or type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)


@contextlib.asynccontextmanager
async def _connected(connection: Connection, brokers: set[Address]) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client; `brokers` is told where the cluster says that its brokers are."""
    admin = AIOKafkaAdminClient(**connection.arguments, request_timeout_ms=REQUEST_TIMEOUT_MS)
    with _one_line_of_ours_is_enough():
        try:
            await admin.start()
            brokers.update((each.host, each.port) for each in admin._client.cluster.brokers())
            yield admin
        finally:
            await admin.close()


@contextlib.contextmanager
def _one_line_of_ours_is_enough() -> Iterator[None]:
    noisy = logging.getLogger("aiokafka")
    level = noisy.level
    noisy.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        noisy.setLevel(level)


async def describe(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, Actual]:
    """Those of the named topics that exist, by full name."""
    wanted = set(names)
    # All topics are listed, since a broker may create one that is asked for by name.
    found = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
    there = {name: count for name, count in found.items() if name in wanted}
    configs = await configs_of(admin, ConfigResourceType.TOPIC, there) if there else {}
    return {name: Actual(count, configs.get(name)) for name, count in there.items()}


async def when_shown(admin: AIOKafkaAdminClient, names: Collection[str]) -> dict[str, Actual]:
    """The named topics, which were created, as soon as the broker shows them all. Raises TimeoutError.

    A broker answers before it has made the logs of a topic, and shows the next one only then; others of the
    cluster hear of it later still.
    """
    async with asyncio.timeout(SHOWN_WITHIN_S):
        while len(found := await describe(admin, names)) < len(names):
            await asyncio.sleep(SHOWN_POLL_S)
    return found


async def configs_of(
    admin: AIOKafkaAdminClient, kind: ConfigResourceType, names: Iterable[str]
) -> dict[str, dict[str, str]]:
    """The configs of topics (full names) or brokers (ids), of those that we may see."""
    resources = [ConfigResource(kind, name) for name in names]
    try:
        responses = await admin.describe_configs(resources)
    except IncompatibleBrokerVersion:
        return {}
    return {
        name: {entry[0]: entry[1] for entry in entries}
        for response in responses
        for error, _, _, name, entries in response.resources
        if error == NO_ERROR
    }


async def is_mock(admin: AIOKafkaAdminClient) -> bool:
    """Whether this is librdkafka's mock cluster, which can neither create topics nor describe them."""
    try:
        await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, "any")])
    except IncompatibleBrokerVersion:
        return True
    return False


async def create(admin: AIOKafkaAdminClient, name: str, partitions: int, configs: Mapping[str, str]) -> bool:
    """Create a topic with the broker's default replication; False if another did so in the meantime.

    Raises Refused; NodeNotReadyError while the cluster has no broker for it.
    """
    if (await admin.describe_cluster())["controller_id"] == NO_CONTROLLER:
        raise NodeNotReadyError("the cluster has no controller")  # where aiokafka has an AttributeError
    # Giving no assignments as {} lets aiokafka pass the -1 on, which brokers understand since 2.4.
    topic = NewTopic(name, partitions, REPLICATION_OF_BROKER, {}, dict(configs))
    response = await admin.create_topics([topic])
    for _, code, message in response.topic_errors:
        kind = for_code(code)
        if kind is TopicAlreadyExistsError:
            return False
        if kind is InvalidReplicationFactorError and _ALL_FENCED in (message or ""):
            raise NodeNotReadyError(message)
        if code != NO_ERROR:
            raise Refused(f"topic {name}: {message or kind.__name__}")
    return True


async def forget_group(admin: AIOKafkaAdminClient, name: str) -> None:
    """Delete a consumer group and what it committed; there may be none. Raises KafkaError, such as
    NonEmptyGroup as long as it has members.
    """
    coordinator = await admin.find_coordinator(name)
    answer = await admin._client.send(coordinator, DeleteGroupsRequest([name]))
    ((_, code),) = answer.results
    if code != NO_ERROR and for_code(code) is not GroupIdNotFound:
        raise for_code(code)(name)


async def ask_for(admin: AIOKafkaAdminClient, names: Iterable[str]) -> None:
    """Ask for topics by name, which makes a mock cluster create them, as it likes."""
    await admin.describe_topics(list(names))
