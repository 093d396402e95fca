"""librdkafka's mock cluster: a broker that pip installs, for the demo and the quick tests."""

import ctypes
from types import TracebackType
from typing import Self

from confluent_kafka import cimpl

_PRODUCER = 0
_ERROR_BYTES = 512


class Embedded:
    """A mock Kafka broker in this process, from `with` to its end; it forgets everything when it stops.

    It makes a topic (4 partitions) when one is first asked for, and serves consumer groups and idempotent
    producers over TCP on loopback. It has no CreateTopics, configurations, compaction or isolation levels.
    """

    def __init__(self) -> None:
        self._library = _librdkafka()
        self._client: int | None = None
        self._cluster: int | None = None
        self.bootstrap = ""
        """host:port, once it runs."""

    def __enter__(self) -> Self:
        library = self._library
        # The cluster borrows the client's settings and log; the client itself is never used to produce.
        error = ctypes.create_string_buffer(_ERROR_BYTES)
        settings = library.rd_kafka_conf_new()
        library.rd_kafka_conf_set(settings, b"log_level", b"4", error, _ERROR_BYTES)
        self._client = library.rd_kafka_new(_PRODUCER, settings, error, _ERROR_BYTES)
        if not self._client:
            raise RuntimeError(f"librdkafka: {error.value.decode()}")
        self._cluster = library.rd_kafka_mock_cluster_new(self._client, 1)
        # A new group waits 3 s for further members, by default.
        library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 0)
        self.bootstrap = library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._client)
        self._cluster = self._client = None


def _librdkafka() -> ctypes.CDLL:
    """The library inside of confluent-kafka, whose Python interface reaches the mock by a setting only."""
    library = ctypes.CDLL(cimpl.__file__)
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    signatures = {
        "rd_kafka_new": (pointer, [ctypes.c_int, pointer, text, ctypes.c_size_t]),
        "rd_kafka_conf_new": (pointer, []),
        "rd_kafka_conf_set": (ctypes.c_int, [pointer, text, text, text, ctypes.c_size_t]),
        "rd_kafka_destroy": (None, [pointer]),
        "rd_kafka_mock_cluster_new": (pointer, [pointer, ctypes.c_int]),
        "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, [pointer, ctypes.c_int32]),
        "rd_kafka_mock_cluster_bootstraps": (text, [pointer]),
        "rd_kafka_mock_cluster_destroy": (None, [pointer]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
