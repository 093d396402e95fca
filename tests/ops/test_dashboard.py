"""The dashboard: fresh, and made of metrics that there are."""

import json
import re
from typing import Any

from ops.grafana.dashboard import PATH, document
from ops.grafana.panels import ROWS
from streams.metrics import declarations
from tests.ops.names import undeclared


def test_it_is_fresh() -> None:
    assert PATH.read_text() == document(), "make contracts"


def test_each_panel_stands_in_its_row_with_all_of_its_queries() -> None:
    panels: list[dict[str, Any]] = json.loads(PATH.read_text())["panels"]
    found: dict[str, list[tuple[str, list[str]]]] = {}
    for panel in panels:
        if panel["type"] == "row":
            row = found.setdefault(panel["title"], [])
            continue
        assert panel["datasource"]["uid"] == "prometheus"
        assert panel["description"]
        row.append((panel["title"], [target["expr"] for target in panel["targets"]]))
    assert found == {
        row: [(panel.title, [query.expr for query in panel.queries]) for panel in shown]
        for row, shown in ROWS.items()
    }


def test_queries_speak_of_metrics_that_there_are() -> None:
    for panels in ROWS.values():
        for panel in panels:
            for query in panel.queries:
                assert undeclared(query.expr) == set()


def test_every_metric_is_seen_somewhere_or_says_why_not() -> None:
    shown = " ".join(query.expr for panels in ROWS.values() for panel in panels for query in panel.queries)
    names = {re.sub(r"_(bucket|count|sum)$", "", name) for name in re.findall(r"\w+", shown)}
    unseen = {metric.name for metric in declarations.ALL} - names
    # By partition or in sum, what is shown by topic; alerts and totals, what is shown while it lasts.
    assert unseen == {
        "kafka_consumergroup_group_lag",
        "kafka_consumergroup_group_sum_lag",
        "kafka_consumergroup_group_max_lag",
        "link_status_restored_records_total",
        "link_status_last_restore_seconds",
        "link_status_rebalances_total",
        "link_status_rebalance_seconds_total",
        "link_status_live",
    }
