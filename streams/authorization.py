"""What the brokers allow us to do (KIP-430): asked before anything is read, so that a missing ACL is told at
once, and not found out record by record.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    IncompatibleBrokerVersion,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    for_code,
)

from streams.authorized_operations import DescribeGroupRequest, MetadataRequest
from streams.topics import Kind, Topics

_TRANSACTIONS = 1
_NOT_TOLD = -(2**31)
_UNSUPPORTED = (NotImplementedError, IncompatibleBrokerVersion)


class Operation(IntEnum):
    """What an ACL allows, by Kafka's codes."""

    READ = 3
    WRITE = 4


NEEDED: Mapping[Kind, tuple[Operation, ...]] = {
    Kind.SOURCE: (Operation.READ,),
    Kind.INTERNAL: (Operation.READ, Operation.WRITE),
    Kind.REPARTITION: (Operation.READ, Operation.WRITE),
    Kind.CHANGELOG: (Operation.READ, Operation.WRITE),
    Kind.SINK: (Operation.WRITE,),
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


async def _missing_on_topics(admin: AIOKafkaAdminClient, topics: Topics) -> list[str]:
    allowed = await _allowed_on_topics(admin, topics)
    return [
        f"{operation.name} on topic {name}"
        for name, topic in topics.by_full_name.items()
        for operation in NEEDED[topic.kind]
        if not _includes(allowed.get(name, _NOT_TOLD), operation)
    ]


async def _allowed_on_topics(admin: AIOKafkaAdminClient, topics: Topics) -> dict[str, int]:
    """By full name, what is allowed, as bits; nothing on topics that may not even be seen."""
    try:
        answer = await admin._send_request(MetadataRequest(list(topics.by_full_name)))
    except _UNSUPPORTED:
        return {}
    found = answer.to_object()["topics"]
    seen = {each["topic"]: each["authorized_operations"] for each in found if each["error_code"] == 0}
    hidden = {
        each["topic"]: 0 for each in found if for_code(each["error_code"]) is TopicAuthorizationFailedError
    }
    return seen | hidden


async def _missing_on_group(admin: AIOKafkaAdminClient, group: str) -> list[str]:
    try:
        allowed = await _allowed_on_group(admin, group)
    except GroupAuthorizationFailedError:
        allowed = 0
    except _UNSUPPORTED:
        allowed = _NOT_TOLD
    return [] if _includes(allowed, Operation.READ) else [f"READ on group {group}"]


async def _allowed_on_group(admin: AIOKafkaAdminClient, group: str) -> int:
    answer = await admin._send_request(DescribeGroupRequest(group), await admin.find_coordinator(group))
    (found,) = answer.to_object()["groups"]
    if found["error_code"]:
        raise for_code(found["error_code"])()
    allowed: int = found["authorized_operations"]
    return allowed


async def _missing_on_transactional_id(admin: AIOKafkaAdminClient, transactional_id: str) -> list[str]:
    try:
        await admin.find_coordinator(transactional_id, _TRANSACTIONS)
    except TransactionalIdAuthorizationFailed:
        return [f"WRITE on transactional id {transactional_id}"]
    return []


def _includes(operations: int, operation: Operation) -> bool:
    return operations == _NOT_TOLD or bool(operations >> operation & 1)
