"""Every metric: name, type, unit, labels and meaning. docs/metrics.md is made of this.

No label holds an id, and each has few values: a worker has at most 500 series, however many links there are.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Kind(StrEnum):
    """Prometheus's types."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Metric(NamedTuple):
    """One metric. `labels`: what each label holds; `buckets`: upper bounds of a histogram's classic ones.

    One that is `native` has native buckets as well, for a Prometheus that asks for protobuf.
    """

    name: str
    kind: Kind
    unit: str
    meaning: str
    labels: Mapping[str, str] = MappingProxyType({})
    buckets: tuple[float, ...] = ()
    native: bool = False


_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LATENCY = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_RECORDS = (1, 10, 100, 1_000, 10_000)

_TOPIC = {"topic": "full name of the topic"}
_STEP = {"step": "`links` or `stock`"}
_GROUP = {"group": "consumer group"}
_PARTITION = {**_GROUP, **_TOPIC, "partition": "number of the partition"}

RECORDS_IN = Metric(
    "link_status_records_in_total",
    Kind.COUNTER,
    "records",
    "Input records whose effects are durable.",
    {
        **_TOPIC,
        "type": "of the event; `passed_on` for what went unread to dead-letters, or to a repartition topic",
    },
)
RECORDS_OUT = Metric(
    "link_status_records_out_total", Kind.COUNTER, "records", "Records that were acknowledged.", _TOPIC
)
CHANGES = Metric("link_status_changes_total", Kind.COUNTER, "records", "Status changes acknowledged.")
REROUTED = Metric(
    "link_status_rerouted_total",
    Kind.COUNTER,
    "records",
    "Records that came in on another partition than their key's, and took the way round.",
    _STEP,
)
DEAD_LETTERS = Metric(
    "link_status_dead_letters_total",
    Kind.COUNTER,
    "records",
    "Dead letters acknowledged.",
    {"topic": "full name of the topic that they are from", "code": "as in docs/publishing.md"},
)
BATCH_RECORDS = Metric(
    "link_status_batch_records", Kind.HISTOGRAM, "records", "Records in a batch.", _STEP, _RECORDS
)
BATCH_SECONDS = Metric(
    "link_status_batch_seconds",
    Kind.HISTOGRAM,
    "seconds",
    "Time that a batch took.",
    {**_STEP, "stage": "`fold`, then `commit`: making its effects durable"},
    _SECONDS,
)
EVENT_TO_STATUS = Metric(
    "link_status_event_to_status_seconds",
    Kind.HISTOGRAM,
    "seconds",
    "From a record's timestamp in Kafka until all that came of it, status changes first, is acknowledged. "
    "Inventory takes two hops, one in each step.",
    _STEP,
    _LATENCY,
    native=True,
)
GROUP_LAG = Metric(
    "kafka_consumergroup_group_lag",
    Kind.GAUGE,
    "records",
    "Records of a partition that are not processed. Not given when the worker has more than 80 partitions.",
    _PARTITION,
)
GROUP_LAG_SECONDS = Metric(
    "kafka_consumergroup_group_lag_seconds",
    Kind.GAUGE,
    "seconds",
    "Age of the oldest record of a partition that is not processed, at most; 0 without lag. As above.",
    _PARTITION,
)
GROUP_MAX_LAG = Metric(
    "kafka_consumergroup_group_max_lag",
    Kind.GAUGE,
    "records",
    "The longest lag of the worker's partitions.",
    _GROUP,
)
GROUP_MAX_LAG_SECONDS = Metric(
    "kafka_consumergroup_group_max_lag_seconds",
    Kind.GAUGE,
    "seconds",
    "The longest lag of the worker's partitions.",
    _GROUP,
)
GROUP_SUM_LAG = Metric(
    "kafka_consumergroup_group_sum_lag",
    Kind.GAUGE,
    "records",
    "The lag of all of the worker's partitions.",
    _GROUP,
)
GROUP_TOPIC_SUM_LAG = Metric(
    "kafka_consumergroup_group_topic_sum_lag",
    Kind.GAUGE,
    "records",
    "The lag of all of the worker's partitions of a topic.",
    {**_GROUP, **_TOPIC},
)
TRANSACTIONS = Metric(
    "link_status_transactions_total",
    Kind.COUNTER,
    "transactions",
    "Transactions that ended.",
    {"outcome": "`committed`, `aborted`, `fenced` (another worker took over), `unknown` (no answer)"},
)
MISSED = Metric(
    "link_status_missed_records_total",
    Kind.COUNTER,
    "records",
    "Offsets of an input topic that were deleted before they were read: by retention, or by an operator.",
    _TOPIC,
)
KEPT_BACK = Metric(
    "link_status_kept_back_seconds",
    Kind.GAUGE,
    "seconds",
    "For how long a producer's open transaction has kept records of the topic from being read, at most; else "
    "0. What lies behind it is in no lag.",
    _TOPIC,
)
STATE_KEYS = Metric("link_status_state_keys", Kind.GAUGE, "keys", "Keys, as RocksDB estimates.", _STEP)
STATE_BYTES = Metric("link_status_state_bytes", Kind.GAUGE, "bytes", "State on disk and in memory.", _STEP)
CACHE_LOOKUPS = Metric(
    "link_status_cache_lookups_total",
    Kind.COUNTER,
    "lookups",
    "Objects that batches needed.",
    {"result": "`hit`: was there, decoded; `miss`: came from RocksDB"},
)
RESTORED = Metric(
    "link_status_restored_records_total", Kind.COUNTER, "records", "Records restored from changelogs."
)
RESTORE_REMAINING = Metric(
    "link_status_restore_remaining_records",
    Kind.GAUGE,
    "records",
    "Changelog offsets that are still to be restored.",
)
RESTORING = Metric(
    "link_status_restoring_seconds", Kind.GAUGE, "seconds", "For how long state is being restored; else 0."
)
LAST_RESTORE = Metric(
    "link_status_last_restore_seconds", Kind.GAUGE, "seconds", "What the last restoration took."
)
REBALANCES = Metric("link_status_rebalances_total", Kind.COUNTER, "rebalances", "Rebalances that ended.")
REBALANCE_SECONDS = Metric(
    "link_status_rebalance_seconds_total",
    Kind.COUNTER,
    "seconds",
    "Time in which nothing was processed because of rebalances, restoration included.",
)
REBALANCING = Metric(
    "link_status_rebalancing_seconds", Kind.GAUGE, "seconds", "For how long a rebalance lasts; else 0."
)
TIMERS = Metric("link_status_timers_pending", Kind.GAUGE, "timers", "Invites that are yet to expire.")
TIMERS_LATE = Metric(
    "link_status_timers_late_seconds",
    Kind.GAUGE,
    "seconds",
    "How long ago the earliest deadline should have been folded; else 0.",
)
LINKS = Metric(
    "link_status_links",
    Kind.GAUGE,
    "links",
    "Product links of posted videos.",
    {"status": "`approved`, `in_review` or `needs_attention`"},
)
LINK_ISSUES = Metric(
    "link_status_link_issues",
    Kind.GAUGE,
    "links",
    "Product links that have an issue; one that has several is in each.",
    {"issue": "code, as in docs/subscribing.md"},
)
OPEN_REVIEWS = Metric(
    "link_status_open_reviews",
    Kind.GAUGE,
    "links",
    "Links in review whose video was posted longer ago than that, by up to an hour more. A link that has "
    "come back to review, from out of stock say, counts from the posting, too.",
    {"older_than": "`0s`, `1h`, `1d`, `3d`, `7d`"},
)
OLDEST_REVIEW = Metric(
    "link_status_oldest_open_review_seconds",
    Kind.GAUGE,
    "seconds",
    "How long ago the video with the oldest link in review was posted, less up to an hour.",
)
UNCOUNTED = Metric(
    "link_status_uncounted_partitions",
    Kind.GAUGE,
    "partitions",
    "Partitions taken over whose links and timers are still being counted; those above do not have them.",
)
WEB_REQUESTS = Metric(
    "link_status_web_requests_total",
    Kind.COUNTER,
    "requests",
    "Requests answered.",
    {"route": "as in the OpenAPI document, or `other`", "status": "`2xx`, `3xx`, `4xx`, `5xx`"},
)
WEB_SECONDS = Metric(
    "link_status_web_request_seconds",
    Kind.HISTOGRAM,
    "seconds",
    "Time to answer a request of the API, event streams not included.",
    buckets=_SECONDS,
)
SSE_CLIENTS = Metric(
    "link_status_sse_clients",
    Kind.GAUGE,
    "connections",
    "Open event streams about creators that this worker has.",
)
BUILD_INFO = Metric(
    "link_status_build_info",
    Kind.GAUGE,
    "",
    "Always 1.",
    {"version": "of link status", "python": "its version", "guarantee": "`exactly_once` or `at_least_once`"},
)
LIVE = Metric("link_status_live", Kind.GAUGE, "", "1 while /livez passes.")
READY = Metric("link_status_ready", Kind.GAUGE, "", "1 while /readyz passes.")
TASKS = Metric("link_status_tasks", Kind.GAUGE, "tasks", "Partitions of steps that this worker has.")
TASKS_WAITING = Metric(
    "link_status_tasks_waiting", Kind.GAUGE, "tasks", "Of these, those that wait: a topic takes no records."
)
MISSING = Metric(
    "link_status_missing_topics",
    Kind.GAUGE,
    "topics",
    "Input topics that are not there, or have partitions that nobody reads.",
)
STALLED = Metric(
    "link_status_stalled_seconds",
    Kind.GAUGE,
    "seconds",
    "For how long a task has had records waiting and finished none: the longest of all tasks.",
)
BROKERS_AWAY = Metric(
    "link_status_brokers_away_seconds", Kind.GAUGE, "seconds", "For how long no broker has answered; else 0."
)
INPUT_STOPPED = Metric(
    "link_status_input_stopped",
    Kind.GAUGE,
    "",
    "1 when too many records were dead letters, so that no more input is taken.",
)
DISK_FREE = Metric("link_status_disk_free_bytes", Kind.GAUGE, "bytes", "Free on the disk of the state.")
DISK_SIZE = Metric("link_status_disk_size_bytes", Kind.GAUGE, "bytes", "Size of the disk of the state.")

ALL = tuple(found for found in list(globals().values()) if isinstance(found, Metric))
