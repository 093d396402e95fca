"""What the containers of Prometheus and Grafana mount, as Prometheus itself reads it."""

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.brokers.kafka import free_ports
from tests.kafka.cluster import wait_for

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "ops/prometheus/prometheus.yml"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.kafka.yml").read_text())[
    "services"
]
WORKERS = {f"{name}:6066" for name, service in SERVICES.items() if service.get("command") == ["worker"]}


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[str]:
    """The container's command, run here; its address."""
    if shutil.which("prometheus") is None:
        if os.environ.get("REQUIRE_PROMETHEUS") == "1":
            pytest.fail("REQUIRE_PROMETHEUS=1, but there is none", pytrace=False)
        pytest.skip("needs Debian's package prometheus")
    [port] = free_ports(1)
    mounts = {"/etc/prometheus/": f"{CONFIG.parent}/", "=/prometheus": f"={tmp_path}"}
    command = [_replaced(word, mounts) for word in SERVICES["prometheus"]["command"]]
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["prometheus", *command, f"--web.listen-address=127.0.0.1:{port}"], stdout=out, stderr=out
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: _answers(f"{address}/-/ready"), "not ready", within_s=30)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def test_it_runs_with_the_rules_and_asks_every_worker(prometheus: str) -> None:
    wanted = {f"http://{worker}/metrics" for worker in WORKERS}
    # It looks for targets only some seconds after it is ready.
    wait_for(lambda: _targets(prometheus) == wanted, "not these targets", within_s=30)
    assert _asked(f"{prometheus}/api/v1/rules")["groups"]


def test_grafana_shows_what_it_asks_prometheus() -> None:
    [source] = yaml.safe_load((ROOT / "ops/grafana/provisioning/datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    dashboard = json.loads((ROOT / "ops/grafana/dashboards" / Path(home).name).read_text())
    assert {panel["datasource"]["uid"] for panel in _panels(dashboard)} == {source["uid"]}


def _targets(prometheus: str) -> set[str]:
    return {target["scrapeUrl"] for target in _asked(f"{prometheus}/api/v1/targets")["activeTargets"]}


def _panels(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in dashboard["panels"]:
        yield from panel.get("panels", []) if panel["type"] == "row" else [panel]


def _replaced(word: str, mounts: dict[str, str]) -> str:
    for inside, here in mounts.items():
        word = word.replace(inside, here)
    return word


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _asked(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)["data"]
