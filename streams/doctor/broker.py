"""The broker, and the topics on it."""

from collections.abc import Collection, Sequence

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResourceType
from aiokafka.errors import TopicAuthorizationFailedError

from streams import admin, provision, questions, startable
from streams.doctor.finding import Finding, Level
from streams.provision import Difference, Missing, WrongTopic
from streams.runtime.connection import Connection
from streams.settings import ENV_PREFIX
from streams.topics import Topics


async def broker(client: AIOKafkaAdminClient, mock: bool) -> Finding:
    """Which it is, and whether it is new enough."""
    if mock:
        what = "librdkafka's mock, which has neither transactions nor isolation"
        return Finding(Level.WARN, "broker", what, "for trying out only: processing is at least once")
    nodes = len((await client.describe_cluster())["brokers"])
    release = await questions.release(client)
    if release is None:
        return Finding(Level.FAIL, "broker", "older than Kafka 2.3", "use a newer one")
    return Finding(Level.OK, "broker", f"Kafka {release} or newer, {nodes} node{'' if nodes == 1 else 's'}")


async def session(client: AIOKafkaAdminClient, timeout_ms: int) -> Sequence[Finding]:
    """Why brokers do not take the session timeout, if they do not; they may not tell (DescribeConfigs)."""
    node = str(client._client.get_random_node())
    told = (await admin.configs_of(client, ConfigResourceType.BROKER, [node])).get(node)
    if told is None:
        return []
    lowest, highest = (int(told[f"group.{bound}.session.timeout.ms"]) for bound in ("min", "max"))
    if lowest <= timeout_ms <= highest:
        return []
    what = f"{ENV_PREFIX}SESSION_TIMEOUT_MS={timeout_ms}: the brokers take {lowest} to {highest}"
    do = "set it so, or the brokers' group.min.session.timeout.ms or group.max.session.timeout.ms"
    return [Finding(Level.FAIL, "broker", what, do)]


async def topics(
    client: AIOKafkaAdminClient, connection: Connection, declared: Topics, mock: bool, hidden: Collection[str]
) -> Sequence[Finding]:
    """Whether a worker may start on them; of those that are `hidden` from us nothing can be said."""
    plan = await provision.look(client, declared)
    missing = [each.topic for each in plan if isinstance(each, Missing) and each.topic not in hidden]
    if missing:
        return [Finding(Level.FAIL, "topics", f"missing: {', '.join(missing)}", "link-status topics apply")]
    return [] if hidden else await _startable(client, connection, declared, mock)


async def _startable(
    client: AIOKafkaAdminClient, connection: Connection, declared: Topics, mock: bool
) -> Sequence[Finding]:
    try:
        differences = await _differences(client, connection, declared)
    except WrongTopic as wrong:
        do = "a worker refuses to start on it; topics.yaml says how it should be"
        return [Finding(Level.FAIL, "topics", str(wrong), do)]
    if not differences or mock:
        return [Finding(Level.OK, "topics", f"all {len(declared)} are there")]
    do = "a worker may start; kafka-configs --alter where the declaration is right"
    return [Finding(Level.WARN, "topics", str(difference), do) for difference in differences]


async def _differences(
    client: AIOKafkaAdminClient, connection: Connection, declared: Topics
) -> Sequence[Difference]:
    try:
        return await startable.check(client, connection, declared)
    except TopicAuthorizationFailedError:  # it is told among the rights
        return await provision.check(client, declared)
