"""A real Prometheus on a real worker on real Kafka: what it says is true, and no panel is without data."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.brokers.kafka import RealKafka
from ops.grafana.panels import ROWS
from tests.kafka.cluster import Cluster, Worker, wait_for
from tests.kafka.load import load
from tests.ops.prometheus import RULES, Prometheus, need_prometheus

EVENTS = 600
RULE_LIST: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]
]


class Site:
    """A worker that had all kinds of records, and who watches it."""

    def __init__(self, cluster: Cluster, worker: Worker, prometheus: Prometheus) -> None:
        self.cluster = cluster
        self.worker = worker
        self.prometheus = prometheus


@pytest.fixture(scope="module")
def site(kafka: RealKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    need_prometheus()
    directory = tmp_path_factory.mktemp("observed")
    events = load(EVENTS)
    with Cluster(kafka.bootstrap, "observed-", directory) as cluster:
        worker = cluster.worker().until_ready()
        with Prometheus(directory / "prometheus", [f"127.0.0.1:{worker.port}"]) as prometheus:
            wait_for(lambda: prometheus.value("link_status_ready") == 1, prometheus.log)
            creator = events[0][2]["creator_id"]
            # Astray, as librdkafka's default has it, and one that nobody can read.
            cluster.produce(events[:300], partitioner="consistent_random")
            cluster.produce([*events[300:], ("moderation", creator, {"type": "weather"})])
            assert worker.get(f"/v1/creators/{creator}/videos")[0] == 200
            cluster.settle()
            yield Site(cluster, worker, prometheus)


def data(site: Site, expression: str) -> None:
    """Wait until Prometheus has samples for the expression."""
    bounded = expression.replace("$__rate_interval", "5m")
    wait_for(lambda: site.prometheus.query(bounded), f"no data: {bounded}\n{site.prometheus.log}")


@pytest.mark.parametrize(
    ("panel", "expression"),
    [(panel.title, query.expr) for shown in ROWS.values() for panel in shown for query in panel.queries],
)
def test_each_query_of_the_dashboard_has_data(site: Site, panel: str, expression: str) -> None:
    data(site, expression)


@pytest.mark.parametrize("rule", RULE_LIST, ids=[rule.get("alert") or rule["record"] for rule in RULE_LIST])
def test_each_rule_has_data(site: Site, rule: dict[str, Any]) -> None:
    """Of an alert, what it compares or misses: that it does not fire must not be for want of data."""
    lately = re.sub(r"\s+offset \w+", "", rule["expr"])
    for part in operands(lately.strip()):
        data(site, re.sub(r"^absent\((.*)\)$", r"\1", re.sub(r"\s*(==|>|<)\s*[\d.* ]+$", "", part)))


def operands(expression: str) -> Iterator[str]:
    """What is joined by `and` and `or`, but for what is within parentheses."""
    depth, begin = 0, 0
    for found in re.finditer(r"\(|\)|\s+(?:and|or)\s+", expression):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if not depth and found[0] not in "()":
            yield expression[begin : found.start()]
            begin = found.end()
    yield expression[begin:]


def test_prometheus_finds_nothing_wrong(site: Site) -> None:
    data(site, "link_status:late:ratio_rate6h")
    groups = site.prometheus.get("rules")["groups"]
    assert {rule["health"] for group in groups for rule in group["rules"]} == {"ok"}
    [target] = site.prometheus.get("targets")["activeTargets"]
    assert (target["health"], target["lastError"]) == ("up", "")


def test_what_creators_see_is_what_the_stream_says(site: Site) -> None:
    links = [link for status in site.cluster.statuses().values() for link in status["links"]]
    statuses = Counter(link["status"] for link in links)
    issues = Counter(issue["code"] for link in links for issue in link["issues"])
    for status, number in statuses.items():
        is_value(site, f'sum(link_status_links{{status="{status}"}})', number)
    for issue, number in issues.items():
        is_value(site, f'sum(link_status_link_issues{{issue="{issue}"}})', number)
    is_value(site, 'sum(link_status_open_reviews{older_than="0s"})', statuses["in_review"])


def test_what_went_in_and_out_is_what_the_topics_hold(site: Site) -> None:
    changes = len(site.cluster.read("video-status-changes"))
    is_value(site, "sum(link_status_changes_total)", changes)
    is_value(site, 'sum(link_status_dead_letters_total{code="unknown_type"})', 1)
    astray = len(site.cluster.read("events-by-creator")) + len(site.cluster.read("events-by-product"))
    assert astray
    is_value(site, "sum(link_status_rerouted_total)", astray)
    sources = "video-links|seller-decisions|invite-expiries|moderation|inventory"
    is_value(site, f'sum(link_status_records_in_total{{topic=~"observed-({sources})"}})', EVENTS + 1)
    is_value(site, "sum(kafka_consumergroup_group_sum_lag)", 0)
    is_value(site, "max(kafka_consumergroup_group_max_lag_seconds)", 0)
    is_value(site, 'sum(link_status_transactions_total{outcome!="committed"})', 0)


def test_a_scrape_has_few_series(site: Site) -> None:
    scraped = site.prometheus.value("scrape_samples_scraped")
    assert scraped is not None
    assert 100 < scraped <= 500


def test_native_histograms_for_who_asks_for_them(site: Site, tmp_path: Path) -> None:
    latency = 'link_status_event_to_status_seconds{step="links"}'
    classic = latency.replace("_seconds{", "_seconds_count{")
    with Prometheus(tmp_path / "native", [f"127.0.0.1:{site.worker.port}"], native=True) as native:
        wait_for(lambda: native.value(f"histogram_count({latency})"), native.log)
        assert native.value(f"histogram_count({latency})") == site.prometheus.value(classic)
        median = native.value(f"histogram_quantile(0.5, {latency})")
        assert median is not None
        assert 0 < median < 60
        assert native.value("sum(link_status_links)") == site.prometheus.value("sum(link_status_links)")
        [target] = native.get("targets")["activeTargets"]
        assert (target["health"], target["lastError"]) == ("up", "")


def is_value(site: Site, expression: str, expected: float) -> None:
    prometheus = site.prometheus
    wait_for(
        lambda: prometheus.value(expression) == expected,
        f"{expression} is not {expected}",
    )
