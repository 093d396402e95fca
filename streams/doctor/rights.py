"""What the broker lets us do, as far as it can be asked without doing it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnknownTopicOrPartitionError,
)

from streams import questions
from streams.authorization import NEEDED
from streams.doctor.finding import Finding, Level
from streams.questions import Allowed, Operation
from streams.topics import Topics

T = TypeVar("T")

_COORDINATOR_WITHIN_S = 5.0

_HIDDEN = (
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

OnTopics = Mapping[str, Allowed | KafkaError]
"""What is allowed on each topic (full name), or why nothing can be said of it."""


def hidden(allowed: OnTopics) -> set[str]:
    """The topics of which we may not even know whether they are there."""
    return {name for name, each in allowed.items() if isinstance(each, KafkaError) and not _missing(each)}


def on_topics(allowed: OnTopics, declared: Topics) -> list[Finding]:
    """Whether a worker may do what it needs to on the topics that are there."""
    found = []
    for name, topic in declared.by_full_name.items():
        each = allowed[name]
        if isinstance(each, KafkaError):
            found += [] if _missing(each) else [_may_not(f"topic {name}: {_why(each)}")]
        elif lacking := NEEDED[topic.kind] - each:
            operations = " and ".join(sorted(operation.name.capitalize() for operation in lacking))
            found.append(_may_not(f"topic {name}: {operations} is not allowed"))
    return found or [Finding(Level.OK, "rights", "all that is needed on the topics that are there")]


async def on_group(client: AIOKafkaAdminClient, group: str) -> Finding:
    """Whether a worker may be in the consumer group."""
    try:
        allowed = await _with_coordinator(lambda: questions.allowed_on_group(client, group))
    except (KafkaError, TimeoutError) as error:
        return _may_not(f"group {group}: {_why(error)}")
    if Operation.READ not in allowed:
        return _may_not(f"group {group}: Read is not allowed")
    return Finding(Level.OK, "rights", f"all that is needed on the group {group}")


async def on_transactions(client: AIOKafkaAdminClient, prefix: str) -> Finding:
    """Whether a worker may see its transactions. That it may write them cannot be asked for."""
    try:
        await _with_coordinator(lambda: questions.find_transactions(client, prefix))
    except (KafkaError, TimeoutError) as error:
        return _may_not(f"transactional ids {prefix}…: {_why(error)}")
    return Finding(Level.OK, "rights", f"transactional ids {prefix}… can be seen; Write cannot be asked for")


def _missing(error: KafkaError) -> bool:
    return isinstance(error, UnknownTopicOrPartitionError)


def _why(error: Exception) -> str:
    return "not even Describe is allowed" if isinstance(error, _HIDDEN) else type(error).__name__


def _may_not(what: str) -> Finding:
    return Finding(Level.FAIL, "rights", what, "grant it with kafka-acls")


async def _with_coordinator(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask again while a coordinator is being made, which the first question of all causes."""
    async with asyncio.timeout(_COORDINATOR_WITHIN_S):
        while True:
            try:
                return await ask()
            except KafkaError as error:
                if not error.retriable:
                    raise
            await asyncio.sleep(0.2)
