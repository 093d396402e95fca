"""Those of Kafka's messages that aiokafka lacks, or has and does not send.

Source: Apache Kafka, clients/src/main/resources/common/message.
"""

from aiokafka.protocol.admin import DescribeGroupsResponse_v3
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Array,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    String,
    TaggedFields,
)


class MetadataResponse(Response):  # type: ignore[misc]
    """The topics, and as bits what is allowed on each."""

    API_KEY = 3
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            Array(("node_id", Int32), ("host", String("utf-8")), ("port", Int32), ("rack", String("utf-8"))),
        ),
        ("cluster_id", String("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("name", String("utf-8")),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline_replicas", Array(Int32)),
                    ),
                ),
                ("authorized_operations", Int32),
            ),
        ),
        ("cluster_authorized_operations", Int32),
    )


class MetadataRequest(RequestStruct):  # type: ignore[misc]
    """MetadataRequest.json, version 8: the first that tells what is allowed on topics (KIP-430)."""

    API_KEY = 3
    API_VERSION = 8
    RESPONSE_TYPE = MetadataResponse
    SCHEMA = Schema(
        ("topics", Array(String("utf-8"))),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
    )


class Metadata(Request[MetadataRequest]):  # type: ignore[misc]
    """Asks for topics by name, with what is allowed on them; makes none."""

    API_KEY = 3

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def build(self, request_struct_class: type[MetadataRequest]) -> MetadataRequest:
        return request_struct_class(self._names, False, False, True)


_REPLICA = CompactArray(
    ("replica_id", Int32),
    ("log_end_offset", Int64),
    ("last_fetch_timestamp", Int64),
    ("last_caught_up_timestamp", Int64),
    ("tags", TaggedFields),
)


class QuorumResponse(Response):  # type: ignore[misc]
    """Who leads the quorum, and when each voter was last caught up, in epoch milliseconds."""

    API_KEY = 55
    API_VERSION = 1
    SCHEMA = Schema(
        ("error_code", Int16),
        (
            "topics",
            CompactArray(
                ("name", CompactString("utf-8")),
                (
                    "partitions",
                    CompactArray(
                        ("partition", Int32),
                        ("error_code", Int16),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("high_watermark", Int64),
                        ("voters", _REPLICA),
                        ("observers", _REPLICA),
                        ("tags", TaggedFields),
                    ),
                ),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class QuorumRequest(RequestStruct):  # type: ignore[misc]
    """DescribeQuorumRequest.json, version 1: the first with times (KIP-836)."""

    FLEXIBLE_VERSION = True
    API_KEY = 55
    API_VERSION = 1
    RESPONSE_TYPE = QuorumResponse
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(
                ("name", CompactString("utf-8")),
                ("partitions", CompactArray(("partition", Int32), ("tags", TaggedFields))),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class Quorum(Request[QuorumRequest]):  # type: ignore[misc]
    """Asks for the quorum of the cluster's metadata. The leader is caught up as of now, by its own clock."""

    API_KEY = 55

    def build(self, request_struct_class: type[QuorumRequest]) -> QuorumRequest:
        return request_struct_class([("__cluster_metadata", [(0, {})], {})], {})


class GroupRequest(RequestStruct):  # type: ignore[misc]
    """DescribeGroupsRequest.json, version 3, whose answer aiokafka reads as version 2 has it."""

    API_KEY = 15
    API_VERSION = 3
    RESPONSE_TYPE = DescribeGroupsResponse_v3
    SCHEMA = Schema(
        ("groups", Array(String("utf-8"))),
        ("include_authorized_operations", Boolean),
    )


class Group(Request[GroupRequest]):  # type: ignore[misc]
    """Asks for one consumer group, with what is allowed on it (KIP-430)."""

    API_KEY = 15

    def __init__(self, name: str) -> None:
        self._name = name

    def build(self, request_struct_class: type[GroupRequest]) -> GroupRequest:
        return request_struct_class([self._name], True)
