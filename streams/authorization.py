"""What the brokers allow us to do (KIP-430): asked before anything is read, so that a missing ACL is told at
once, and not found out record by record.
"""

from collections.abc import Collection, Iterable, Mapping

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    IncompatibleBrokerVersion,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from streams import questions
from streams.admin import Actual, describe, is_mock
from streams.questions import Allowed, Operation
from streams.topics import Kind, Topics

_READ, _WRITE = frozenset({Operation.READ}), frozenset({Operation.WRITE})
NEEDED: Mapping[Kind, Allowed] = {
    Kind.SOURCE: _READ,
    Kind.INTERNAL: _READ | _WRITE,
    Kind.REPARTITION: _READ | _WRITE,
    Kind.CHANGELOG: _READ | _WRITE,
    Kind.SINK: _WRITE,
}
"""What a worker does with topics of each kind."""


class NotAuthorized(Exception):
    """ACLs are missing. Its text names each operation and resource."""

    def __init__(self, missing: Iterable[str]) -> None:
        super().__init__(f"not allowed by the brokers: {'; '.join(missing)} (docs/security.md)")


async def check(admin: AIOKafkaAdminClient, topics: Topics, group: str, transactional_id: str) -> None:
    """Raise NotAuthorized where a worker could not do its work. Brokers before 2.3 do not tell.

    `transactional_id`: any of those that will be used.
    """
    missing = [
        *await _missing_on_topics(admin, topics),
        *await _missing_on_group(admin, group),
        *await _missing_on_transactional_id(admin, transactional_id),
    ]
    if missing:
        raise NotAuthorized(missing)


async def described(admin: AIOKafkaAdminClient, names: Iterable[str]) -> Mapping[str, Actual]:
    """Those of the named topics (full names) that exist. Raises NotAuthorized where others may be there, and
    not ours to see; brokers before 2.3 do not tell.
    """
    wanted = list(names)
    found = await describe(admin, wanted)
    await _check_hidden(admin, [name for name in wanted if name not in found])
    return found


async def _check_hidden(admin: AIOKafkaAdminClient, names: Collection[str]) -> None:
    if not names or await is_mock(admin):
        return
    try:
        allowed = await questions.allowed_on_topics(admin, names)
    except IncompatibleBrokerVersion:
        return
    hidden = [name for name in names if isinstance(allowed[name], TopicAuthorizationFailedError)]
    if hidden:
        raise NotAuthorized(f"DESCRIBE on topic {name}" for name in hidden)


async def _missing_on_topics(admin: AIOKafkaAdminClient, topics: Topics) -> list[str]:
    try:
        allowed = await questions.allowed_on_topics(admin, topics.by_full_name)
    except IncompatibleBrokerVersion:
        return []
    return [
        f"{operation.name} on topic {name}"
        for name, topic in topics.by_full_name.items()
        for operation in sorted(NEEDED[topic.kind] - _on_topic(allowed[name], NEEDED[topic.kind]))
    ]


def _on_topic(told: Allowed | KafkaError, needed: Allowed) -> Allowed:
    """Nothing on a topic that may not even be seen; one that is not there is not ours to judge."""
    if isinstance(told, TopicAuthorizationFailedError):
        return frozenset()
    return needed if isinstance(told, KafkaError) else told


async def _missing_on_group(admin: AIOKafkaAdminClient, group: str) -> list[str]:
    try:
        allowed = await questions.allowed_on_group(admin, group)
    except GroupAuthorizationFailedError:
        allowed = frozenset()
    except IncompatibleBrokerVersion:
        return []
    return [] if Operation.READ in allowed else [f"READ on group {group}"]


async def _missing_on_transactional_id(admin: AIOKafkaAdminClient, transactional_id: str) -> list[str]:
    try:
        await questions.find_transactions(admin, transactional_id)
    except TransactionalIdAuthorizationFailed:
        return [f"WRITE on transactional id {transactional_id}"]
    return []
