"""What a broker tells of itself and of our rights, where aiokafka has no call for it. Changes nothing."""

import time
from collections.abc import Iterable
from enum import IntEnum
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import IncompatibleBrokerVersion, KafkaError, for_code
from aiokafka.protocol.api import Request

from streams.kafka_messages import Group, Metadata, Quorum

NO_ERROR = 0
NOT_TOLD = -(2**31)  # what is allowed, by a broker that does not say
TRANSACTION = 1  # type of coordinator

# A release by the newest version of Fetch that it knows. Source: Apache Kafka, FetchRequest.json.
_RELEASES = {18: "4.1", 17: "3.9", 16: "3.7", 15: "3.5", 13: "3.1", 12: "2.7", 11: "2.3"}
_FETCH = 1


class Operation(IntEnum):
    """What may be allowed: the codes of Kafka's AclOperation."""

    READ = 3
    WRITE = 4
    DESCRIBE = 8


Allowed = frozenset[Operation]


class Clock(NamedTuple):
    """The broker's time, and the moments of ours between which it was told; in epoch milliseconds."""

    broker: int
    asked: int
    answered: int

    @property
    def skew_ms(self) -> int:
        """How far ours is ahead (or behind, negative), at the least."""
        return max(0, self.asked - self.broker) - max(0, self.broker - self.answered)


async def release(admin: AIOKafkaAdminClient) -> str | None:
    """The Kafka release that the broker is of, at the least; None when it is older than 2.3."""
    node = admin._client.get_random_node()
    connection = await admin._client._get_conn(node)
    _, newest = connection._versions.get(_FETCH, (0, 0))
    return next((name for version, name in _RELEASES.items() if newest >= version), None)


async def allowed_on_topics(
    admin: AIOKafkaAdminClient, names: Iterable[str]
) -> dict[str, Allowed | KafkaError]:
    """What we may do with each topic, or why nothing can be said of it (such as that it is not ours to see).

    Raises IncompatibleBrokerVersion before Kafka 2.3.
    """
    answer = await _ask(admin, Metadata(list(names)))
    return {
        name: _operations(bits) if code == NO_ERROR else for_code(code)()
        for code, name, _, _, bits in answer.topics
    }


async def allowed_on_group(admin: AIOKafkaAdminClient, group: str) -> Allowed:
    """What we may do with a consumer group. Raises KafkaError."""
    answer = await _ask(admin, Group(group), await admin.find_coordinator(group))
    ((code, *_, bits),) = answer.groups
    if code != NO_ERROR:
        raise for_code(code)(group)
    return _operations(bits)


async def find_transactions(admin: AIOKafkaAdminClient, transactional_id: str) -> None:
    """Raise KafkaError if we may not see transactions of that id, which who may write them may."""
    await admin.find_coordinator(transactional_id, TRANSACTION)


async def clock(admin: AIOKafkaAdminClient) -> Clock | None:
    """The time of the leader of KRaft's quorum; None where there is none, or it is not ours to see."""
    asked = time.time_ns() // 1_000_000
    try:
        answer = await _ask(admin, Quorum())
    except IncompatibleBrokerVersion:
        return None
    answered = time.time_ns() // 1_000_000
    for _, partitions, _ in answer.topics:
        for _, code, leader, _, _, voters, _, _ in partitions:
            times = [caught_up for replica, _, _, caught_up, _ in voters if replica == leader]
            if code == NO_ERROR and times and times[0] > 0:
                return Clock(times[0], asked, answered)
    return None


def _operations(bits: int) -> Allowed:
    return frozenset(each for each in Operation if bits == NOT_TOLD or bits >> each & 1)


async def _ask(admin: AIOKafkaAdminClient, request: Request[Any], node: int | None = None) -> Any:
    client = admin._client
    try:
        return await client.send(client.get_random_node() if node is None else node, request)
    except NotImplementedError as error:
        raise IncompatibleBrokerVersion(str(error)) from None
