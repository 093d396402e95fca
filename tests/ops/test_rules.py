"""The alerts: what Prometheus makes of them, and that each says what to do."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ops.names import undeclared
from tests.ops.prometheus import CONFIG, OPS, RULES, need_prometheus

TESTS = Path(__file__).with_name("rules_test.yml")
RUNBOOK = OPS.parent / "docs" / "runbook.md"
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load(RULES.read_text())["groups"]
    for rule in group["rules"]
    if "alert" in rule
]
NAMES = [alert["alert"] for alert in ALERTS]
_PARTS = ("What it means", "First look", "What to do")


def test_they_fire_when_they_should_and_not_otherwise() -> None:
    need_prometheus()
    run = subprocess.run(["promtool", "test", "rules", str(TESTS)], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_configuration_is_one() -> None:
    need_prometheus()
    run = subprocess.run(["promtool", "check", "config", str(CONFIG)], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_each_alert_is_tested_to_fire_and_not_to_fire() -> None:
    cases = [case for test in yaml.safe_load(TESTS.read_text())["tests"] for case in test["alert_rule_test"]]
    for name in NAMES:
        fires = [bool(case.get("exp_alerts")) for case in cases if case["alertname"] == name]
        assert set(fires) == {True, False}, name


@pytest.mark.parametrize("alert", ALERTS, ids=NAMES)
def test_each_alert_has_its_section_in_the_runbook(alert: dict[str, Any]) -> None:
    name = alert["alert"]
    assert alert["annotations"]["runbook"] == f"docs/runbook.md#{name.lower()}"
    assert alert["labels"]["severity"] in ("page", "ticket")
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", RUNBOOK.read_text(), re.MULTILINE | re.DOTALL))
    for part in _PARTS:
        assert f"**{part}.**" in sections[name], (name, part)


def test_the_runbook_knows_no_other_alerts() -> None:
    sections = re.findall(r"^## (LinkStatus\w+)$", RUNBOOK.read_text(), re.MULTILINE)
    assert sections == NAMES


def test_rules_speak_of_metrics_that_there_are() -> None:
    assert undeclared(RULES.read_text() + TESTS.read_text()) == set()
