"""What the dashboard shows: rows that answer a question each, panels, queries."""

from typing import NamedTuple


class Query(NamedTuple):
    """A query in PromQL, and how its series are named."""

    expr: str
    legend: str = ""


class Panel(NamedTuple):
    """A panel. `unit` as Grafana names it; a panel that is `now` shows the last value only.

    From `warn` on a value is yellow, from `bad` on red.
    """

    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    now: bool = False
    warn: float | None = None
    bad: float | None = None
    stacked: bool = False


def quantile(share: float, metric: str, by: str = "") -> str:
    """A quantile of a histogram, over all workers."""
    labels = ", ".join(["le", *([by] if by else [])])
    return f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket[$__rate_interval])))"


def rate(metric: str, by: str = "") -> str:
    """A counter a second, over all workers."""
    return f"sum{f' by ({by})' if by else ''} (rate({metric}[$__rate_interval]))"


_LATENCY = "link_status_event_to_status_seconds"
_WEB = "link_status_web_request_seconds"

HEALTHY = (
    Panel(
        "Workers ready",
        "Workers whose /readyz passes, and those that Prometheus knows of.",
        "none",
        (Query("sum(link_status_ready)", "ready"), Query('count(up{job="link-status"})', "known")),
        now=True,
    ),
    Panel(
        "Oldest record that waits",
        "The longest lag of any partition.",
        "s",
        (Query('max(kafka_consumergroup_group_max_lag_seconds{job="link-status"})'),),
        now=True,
        warn=10,
        bad=60,
    ),
    Panel(
        "Later than a second, last hour",
        "Share of records whose status change took longer than a second; 0.1% is the objective.",
        "percentunit",
        (Query("link_status:late:ratio_rate1h"),),
        now=True,
        warn=0.001,
        bad=0.0144,
    ),
    Panel(
        "Dead letters, last hour",
        "Records that could not be processed.",
        "none",
        (Query("sum(increase(link_status_dead_letters_total[1h])) or vector(0)"),),
        now=True,
        warn=1,
        bad=100,
    ),
    Panel(
        "Standing still",
        "Tasks that wait for a topic, missing topics, workers without input, brokers or progress.",
        "none",
        (
            Query("sum(link_status_tasks_waiting)", "tasks that wait"),
            Query("max(link_status_missing_topics)", "topics that are missing, or grew"),
            Query("sum(link_status_input_stopped)", "workers that take no input"),
            Query("count(link_status_brokers_away_seconds > 0) or vector(0)", "workers without brokers"),
            Query("count(link_status_stalled_seconds > 60) or vector(0)", "workers without progress"),
        ),
        now=True,
        warn=1,
        bad=1,
    ),
    Panel(
        "Alerts",
        "Alerts that fire.",
        "none",
        (Query('count(ALERTS{alertname=~"LinkStatus.*", alertstate="firing"}) or vector(0)'),),
        now=True,
        warn=1,
        bad=1,
    ),
)

FAST = (
    Panel(
        "Event to status",
        "From a record's timestamp in Kafka until all that came of it is acknowledged.",
        "s",
        tuple(Query(quantile(share, _LATENCY), f"p{share * 100:g}") for share in (0.5, 0.95, 0.99)),
    ),
    Panel(
        "Lag in records",
        "Records that are not processed, by topic, and those that were deleted before they were.",
        "short",
        (
            Query('sum by (topic) (kafka_consumergroup_group_topic_sum_lag{job="link-status"})', "{{topic}}"),
            Query("sum by (topic) (link_status_missed_records_total)", "{{topic}}, deleted unread"),
        ),
    ),
    Panel(
        "Lag in seconds",
        "Age of the oldest record that is not processed; how long open transactions keep some back.",
        "s",
        (
            Query('max by (topic) (kafka_consumergroup_group_lag_seconds{job="link-status"})', "{{topic}}"),
            Query("max by (topic) (link_status_kept_back_seconds)", "{{topic}}, kept back"),
        ),
    ),
    Panel(
        "Records in",
        "Input records processed, by type.",
        "cps",
        (Query(rate("link_status_records_in_total", "type"), "{{type}}"),),
        stacked=True,
    ),
    Panel(
        "Records out",
        "Records acknowledged, by topic.",
        "cps",
        (Query(rate("link_status_records_out_total", "topic"), "{{topic}}"),),
        stacked=True,
    ),
    Panel(
        "Batches",
        "Time that 99% of the batches took, by step and stage.",
        "s",
        (Query(quantile(0.99, "link_status_batch_seconds", "step, stage"), "{{step}} {{stage}}"),),
    ),
)

CREATORS = (
    Panel(
        "Links",
        "Product links of posted videos, by status.",
        "short",
        (Query("sum by (status) (link_status_links)", "{{status}}"),),
        stacked=True,
    ),
    Panel(
        "Issues",
        "Product links with an issue, by issue.",
        "short",
        (Query("sum by (issue) (link_status_link_issues)", "{{issue}}"),),
    ),
    Panel(
        "Open reviews",
        "Links in review, by how long ago their video was posted.",
        "short",
        (Query("sum by (older_than) (link_status_open_reviews)", "older than {{older_than}}"),),
    ),
    Panel(
        "Oldest open review",
        "How long ago the video with the oldest link in review was posted.",
        "s",
        (Query("max(link_status_oldest_open_review_seconds)"),),
        now=True,
        warn=86_400,
        bad=3 * 86_400,
    ),
    Panel("Changes", "Status changes told.", "cps", (Query(rate("link_status_changes_total")),)),
    Panel(
        "Page and API",
        "Requests answered, by status; open event streams.",
        "short",
        (
            Query(rate("link_status_web_requests_total", "status"), "{{status}} a second"),
            Query("sum(link_status_sse_clients)", "event streams"),
        ),
    ),
    Panel(
        "Time to answer",
        "Of requests to the API.",
        "s",
        (Query(quantile(0.99, _WEB), "p99"), Query(quantile(0.5, _WEB), "p50")),
    ),
)

INSIDE = (
    Panel(
        "Transactions",
        "Transactions that ended, by outcome.",
        "cps",
        (Query(rate("link_status_transactions_total", "outcome"), "{{outcome}}"),),
    ),
    Panel(
        "Passed on",
        "Dead letters by code, and records that came in on a wrong partition.",
        "cps",
        (
            Query(rate("link_status_dead_letters_total", "code"), "{{code}}"),
            Query(rate("link_status_rerouted_total", "step"), "rerouted, {{step}}"),
        ),
    ),
    Panel(
        "Batch size",
        "Records of 99% and of half of the batches, by step, at most.",
        "short",
        (
            Query(quantile(0.99, "link_status_batch_records", "step"), "p99 {{step}}"),
            Query(quantile(0.5, "link_status_batch_records", "step"), "p50 {{step}}"),
        ),
    ),
    Panel(
        "Tasks",
        "Partitions of steps, by worker.",
        "none",
        (Query("link_status_tasks", "{{instance}}"),),
        stacked=True,
    ),
    Panel(
        "State",
        "Bytes, by step.",
        "bytes",
        (Query("sum by (step) (link_status_state_bytes)", "{{step}}"),),
        stacked=True,
    ),
    Panel(
        "Keys",
        "Keys of the state, as RocksDB estimates.",
        "short",
        (Query("sum by (step) (link_status_state_keys)", "{{step}}"),),
        stacked=True,
    ),
    Panel(
        "Cache hits",
        "Share of the objects that batches needed and found decoded.",
        "percentunit",
        (
            Query(
                'sum(rate(link_status_cache_lookups_total{result="hit"}[$__rate_interval]))'
                " / sum(rate(link_status_cache_lookups_total[$__rate_interval]))"
            ),
        ),
    ),
    Panel(
        "Rebalances and restoration",
        "Time in which nothing is processed, and what is still to be restored.",
        "short",
        (
            Query("max by (instance) (link_status_rebalancing_seconds)", "rebalancing s, {{instance}}"),
            Query("max by (instance) (link_status_restoring_seconds)", "restoring s, {{instance}}"),
            Query("sum(link_status_restore_remaining_records)", "records to restore"),
            Query("sum(link_status_uncounted_partitions)", "partitions to count"),
        ),
    ),
    Panel(
        "Timers",
        "Invites that are yet to expire, and how late the earliest is.",
        "short",
        (
            Query("sum(link_status_timers_pending)", "pending"),
            Query("max(link_status_timers_late_seconds)", "late, s"),
        ),
    ),
    Panel(
        "Disk",
        "Free, of the disk of the state.",
        "percentunit",
        (Query("link_status_disk_free_bytes / link_status_disk_size_bytes", "{{instance}}"),),
    ),
    Panel(
        "Memory",
        "Resident, by worker.",
        "bytes",
        (Query('process_resident_memory_bytes{job="link-status"}', "{{instance}}"),),
    ),
    Panel(
        "CPU",
        "Cores in use, by worker.",
        "short",
        (Query('rate(process_cpu_seconds_total{job="link-status"}[$__rate_interval])', "{{instance}}"),),
    ),
    Panel(
        "Versions",
        "What runs.",
        "none",
        (Query("count by (version, guarantee) (link_status_build_info)", "{{version}} {{guarantee}}"),),
        now=True,
    ),
)

ROWS = {
    "Is it healthy?": HEALTHY,
    "Is it fast?": FAST,
    "What do creators see?": CREATORS,
    "What is inside?": INSIDE,
}
