"""Consumers and producers of a worker, and how its tasks commit by them."""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from math import inf
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from streams.runtime.at_least_once import AtLeastOnce
from streams.runtime.commit import Commit
from streams.runtime.config import Config
from streams.runtime.connection import Connection
from streams.runtime.exactly_once import ExactlyOnce, Membership
from streams.runtime.inbox import fetch_limit
from streams.runtime.lease import Lease
from streams.runtime.producer import Producer
from streams.runtime.state_once import StateOnce
from streams.runtime.step import TaskId

_FETCH_BYTES = 1 << 20


def group_arguments(config: Config, assignor: Any) -> dict[str, Any]:
    """Of the consumer of the worker's group."""
    return {
        **config.connection.arguments,
        "group_id": config.group,
        "group_instance_id": config.group_instance_id,
        "partition_assignment_strategy": [assignor],
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "isolation_level": "read_committed",
        "max_poll_records": fetch_limit(config.batch_max_records),
        "max_partition_fetch_bytes": _FETCH_BYTES,
        "session_timeout_ms": config.session_timeout_ms,
        "heartbeat_interval_ms": config.session_timeout_ms // 5,
        "rebalance_timeout_ms": max(30_000, config.session_timeout_ms),
        # Who restores for long polls nothing, nor does a worker that waits for others' partitions: aiokafka
        # would have it leave the group, for good. The heartbeats say that it lives.
        "max_poll_interval_ms": inf,
        "retry_backoff_ms": 100,
        # A partition whose records were just taken is asked for again only after this time, unless
        # another has some; and librdkafka's mock answers only then.
        "fetch_max_wait_ms": 25,
    }


def reader(connection: Connection) -> AIOKafkaConsumer:
    """A consumer of changelogs, in no group (unstarted)."""
    return AIOKafkaConsumer(
        **connection.arguments,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_partition_fetch_bytes=4 * _FETCH_BYTES,
    )


def commit(
    config: Config,
    task: TaskId,
    partitions: Mapping[str, int],
    membership: Membership,
    committable: dict[TopicPartition, int],
    outcomes: Counter[str],
    lease: Lease,
) -> Commit:
    """How a task commits, within `lease`. `partitions` of each topic.

    Offsets for the group's consumer to commit go to `committable`; `outcomes` counts how transactions end.
    """
    step, partition = task
    new_producer = partial(Producer, config.connection, compression=config.compression)
    outputs = AtLeastOnce(partition, new_producer, partitions, committable, lambda: lease.valid)
    if not config.transactions:
        return outputs
    whole = ExactlyOnce(
        transactional_id(config.group, step, partition),
        partition,
        config.group,
        new_producer,
        partitions,
        membership,
        outcomes,
    )
    return whole if config.exactly_once else StateOnce(outputs, whole)


def transactional_id(group: str, step: str, partition: int) -> str:
    """By which a step on a partition writes, whichever worker has it."""
    return f"{group}-{step}-{partition}"
