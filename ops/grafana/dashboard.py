"""The dashboard as Grafana reads it: `make contracts` writes ops/grafana/dashboards/link-status.json."""

from pathlib import Path

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.common import GraphDrawStyle, LegendDisplayMode, StackingMode

from ops.grafana.panels import ROWS, Panel, Query

PATH = Path(__file__).parent / "dashboards" / "link-status.json"
UID = "link-status"

_SOURCE = models.DataSourceRef(type_val="prometheus", uid="prometheus")
_WIDTH = 24
_HEIGHT = 7
_SMALL = 4
_RATE_INTERVAL = "15s"

_AnyPanel = stat.Panel | timeseries.Panel


def document() -> str:
    """The dashboard as JSON."""
    built = (
        dashboard.Dashboard("Link status")
        .uid(UID)
        .tags(["link-status"])
        .description("Streams of product link statuses. Metrics: docs/metrics.md, alerts: docs/runbook.md.")
        .refresh("10s")
        .time("now-1h", "now")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .readonly()
    )
    for title, panels in ROWS.items():
        built = built.with_row(dashboard.Row(title))
        for panel in panels:
            built = built.with_panel(_panel(panel))
    return str(JSONEncoder(sort_keys=True, indent=1).encode(built.build())) + "\n"


def _panel(panel: Panel) -> _AnyPanel:
    built: _AnyPanel = _now(panel) if panel.now else _over_time(panel)
    built = built.title(panel.title).description(panel.description).unit(panel.unit).datasource(_SOURCE)
    built = built.interval(_RATE_INTERVAL)
    for number, query in enumerate(panel.queries):
        built = built.with_target(_query(query, chr(ord("A") + number), panel.now))
    if panel.warn is not None and panel.bad is not None:
        built = built.thresholds(_thresholds(panel.warn, panel.bad))
    return built


def _now(panel: Panel) -> stat.Panel:
    return stat.Panel().height(_SMALL).span(_WIDTH // 6)


def _over_time(panel: Panel) -> timeseries.Panel:
    built = timeseries.Panel().height(_HEIGHT).span(_WIDTH // 3).draw_style(GraphDrawStyle.LINE)
    built = built.fill_opacity(40 if panel.stacked else 8).min(0)
    built = built.legend(common.VizLegendOptions().display_mode(LegendDisplayMode.LIST).show_legend(True))
    return built.stacking(common.StackingConfig().mode(StackingMode.NORMAL)) if panel.stacked else built


def _query(query: Query, ref: str, now: bool) -> prometheus.Dataquery:
    built = prometheus.Dataquery().expr(query.expr).ref_id(ref).datasource(_SOURCE)
    built = built.legend_format(query.legend or "__auto")
    return built.instant() if now else built.range()


def _thresholds(warn: float, bad: float) -> dashboard.ThresholdsConfig:
    steps = [
        models.Threshold(value=None, color="green"),
        models.Threshold(value=warn, color="yellow"),
        models.Threshold(value=bad, color="red"),
    ]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


if __name__ == "__main__":
    PATH.write_text(document())
