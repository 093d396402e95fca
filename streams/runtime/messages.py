"""Kafka messages of transactions version 2 (KIP-890), which aiokafka does not have.

Fields as the protocol guide of Kafka 4.1 lists them; all are of flexible versions: tagged fields come last.
"""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any, NamedTuple

from aiokafka.errors import KafkaError, ProducerFenced, for_code
from aiokafka.protocol.api import RequestStruct, Response, ResponseHeader_v0
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactBytes,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

_Text = CompactString("utf-8")
_TAGS = ("tags", TaggedFields)
_NO_TAGS: dict[int, bytes] = {}
_FINALIZED_FEATURES = 2
_TRANSACTIONS = "transaction.version"
_ANY_GENERATION, _ANY_MEMBER, _ANY_EPOCH = -1, "", -1


def _by_topic(*fields: tuple[str, Any]) -> CompactArray:
    """For each topic its partitions, which have these fields."""
    return CompactArray(("topic", _Text), ("partitions", CompactArray(*fields, _TAGS)), _TAGS)


def _tagged(topics: Iterable[tuple[str, Iterable[tuple[Any, ...]]]]) -> list[tuple[Any, ...]]:
    """The same as values: the fields of each partition by topic, and no tags."""
    return [
        (topic, [(*partition, _NO_TAGS) for partition in partitions], _NO_TAGS)
        for topic, partitions in topics
    ]


_VERSIONS = CompactArray(("api", Int16), ("least", Int16), ("most", Int16), _TAGS)
_FEATURES = CompactArray(("name", _Text), ("most", Int16), ("least", Int16), _TAGS)


class ApiVersionsResponse_v3(Response):
    """What a broker can do."""

    API_KEY = 18
    API_VERSION = 3
    SCHEMA = Schema(("error_code", Int16), ("versions", _VERSIONS), ("throttle_time_ms", Int32), _TAGS)

    tags: Mapping[int, bytes]

    @property
    def transaction_version(self) -> int:
        """The version of transactions that the cluster has agreed upon; 0 when it says nothing of it."""
        features = _FEATURES.decode(BytesIO(self.tags.get(_FINALIZED_FEATURES, b"\1")))
        return next((most for name, most, *_ in features or () if name == _TRANSACTIONS), 0)


class ApiVersionsRequest_v3(RequestStruct):
    """Asks for it."""

    API_KEY = 18
    API_VERSION = 3
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = ApiVersionsResponse_v3
    SCHEMA = Schema(("software", _Text), ("software_version", _Text), _TAGS)

    def parse_response_header(self, read_buffer: BytesIO | bytes) -> ResponseHeader_v0:
        """This one answer has the old header, for brokers that do not know the version."""
        return ResponseHeader_v0.decode(read_buffer)


class ProduceResponse_v12(Response):
    """Of each partition: its error, and the offset of the first record."""

    API_KEY = 0
    API_VERSION = 12
    SCHEMA = Schema(
        (
            "topics",
            _by_topic(
                ("partition", Int32),
                ("error_code", Int16),
                ("offset", Int64),
                ("timestamp", Int64),
                ("log_start_offset", Int64),
                ("record_errors", CompactArray(("index", Int32), ("message", _Text), _TAGS)),
                ("error_message", _Text),
            ),
        ),
        ("throttle_time_ms", Int32),
        _TAGS,
    )


class ProduceRequest_v12(RequestStruct):
    """Writes record batches; their partitions become part of the transaction."""

    API_KEY = 0
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = ProduceResponse_v12
    SCHEMA = Schema(
        ("transactional_id", _Text),
        ("required_acks", Int16),
        ("timeout", Int32),
        ("topics", _by_topic(("partition", Int32), ("records", CompactBytes))),
        _TAGS,
    )


class TxnOffsetCommitResponse_v5(Response):
    """Of each partition its error."""

    API_KEY = 28
    API_VERSION = 5
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("errors", _by_topic(("partition", Int32), ("error_code", Int16))),
        _TAGS,
    )


class TxnOffsetCommitRequest_v5(RequestStruct):
    """Commits offsets of a group, which become part of the transaction."""

    API_KEY = 28
    API_VERSION = 5
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = TxnOffsetCommitResponse_v5
    SCHEMA = Schema(
        ("transactional_id", _Text),
        ("group", _Text),
        ("producer_id", Int64),
        ("producer_epoch", Int16),
        ("generation", Int32),
        ("member", _Text),
        ("instance", _Text),
        (
            "topics",
            _by_topic(("partition", Int32), ("offset", Int64), ("leader_epoch", Int32), ("metadata", _Text)),
        ),
        _TAGS,
    )


class EndTxnResponse_v5(Response):
    """By which id and epoch the next transaction goes."""

    API_KEY = 26
    API_VERSION = 5
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        ("producer_id", Int64),
        ("producer_epoch", Int16),
        _TAGS,
    )


class EndTxnRequest_v5(RequestStruct):
    """Ends a transaction."""

    API_KEY = 26
    API_VERSION = 5
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = EndTxnResponse_v5
    SCHEMA = Schema(
        ("transactional_id", _Text),
        ("producer_id", Int64),
        ("producer_epoch", Int16),
        ("committed", Boolean),
        _TAGS,
    )


class TransactionAbortable(KafkaError):
    """A transaction that can only be given up."""


_NEWER: Mapping[int, type[KafkaError]] = {90: ProducerFenced, 120: TransactionAbortable}


def error_of(code: int) -> type[KafkaError]:
    """The error of a code, those included that came with these messages."""
    known: type[KafkaError] = for_code(code)
    return _NEWER.get(code, known)


class Message(NamedTuple):
    """A request of one version, as an `AIOKafkaClient` sends it."""

    struct: RequestStruct

    def prepare(self, versions: Mapping[int, tuple[int, int]]) -> RequestStruct:
        """The request, if it is among the broker's (least and greatest by API); or NotImplementedError."""
        least, most = versions.get(self.struct.API_KEY, (0, -1))
        if not least <= self.struct.API_VERSION <= most:
            raise NotImplementedError(f"{self.struct.API_KEY} has versions {least} to {most}")
        return self.struct


def api_versions() -> Message:
    """What can the broker do?"""
    return Message(ApiVersionsRequest_v3("link-status", "1", _NO_TAGS))


def produce(
    transactional_id: str | None,
    required_acks: int,
    timeout_ms: int,
    topics: Sequence[tuple[str, Sequence[tuple[int, bytes]]]],
) -> Message:
    """Write to partitions of topics, each a record batch."""
    return Message(ProduceRequest_v12(transactional_id, required_acks, timeout_ms, _tagged(topics), _NO_TAGS))


def commit_offsets(
    transactional_id: str | None,
    group: str,
    producer_id: int,
    producer_epoch: int,
    topics: Sequence[tuple[str, Sequence[tuple[int, int, str]]]],
) -> Message:
    """Commit partition, offset and metadata of topics, by whichever member."""
    offsets = _tagged(
        (topic, [(number, offset, _ANY_EPOCH, metadata) for number, offset, metadata in partitions])
        for topic, partitions in topics
    )
    writer = transactional_id, group, producer_id, producer_epoch
    return Message(TxnOffsetCommitRequest_v5(*writer, _ANY_GENERATION, _ANY_MEMBER, None, offsets, _NO_TAGS))


def end(transactional_id: str | None, producer_id: int, producer_epoch: int, committed: bool) -> Message:
    """End the transaction."""
    return Message(EndTxnRequest_v5(transactional_id, producer_id, producer_epoch, committed, _NO_TAGS))
