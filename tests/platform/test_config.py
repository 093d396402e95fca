"""`link-status config show`: what is in force and where it came from, without secrets."""

import json
from pathlib import Path

import pytest

from streams.settings import MASK, Settings
from tests.platform.commands import Invoke, invoker


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    return invoker(tmp_path, monkeypatch)


def shown(invoke: Invoke, **settings: str) -> dict[str, tuple[str, str]]:
    """Value and source by name, without LINK_STATUS_."""
    done = invoke("config", "show", "--json", **settings)
    assert done.exit_code == 0, done.output
    lines = map(json.loads, done.stdout.splitlines())
    return {each["name"].removeprefix("LINK_STATUS_"): (each["value"], each["source"]) for each in lines}


def test_every_setting_is_shown_with_where_it_came_from(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LINK_STATUS_WEB_PORT=7000\nLINK_STATUS_LOG_LEVEL=debug\n")
    found = shown(invoke, WEB_PORT="7001")
    assert list(found) == [name.upper() for name in Settings.model_fields]
    assert found["WEB_PORT"] == ("7001", "environment")
    assert found["LOG_LEVEL"] == ("debug", ".env")
    assert found["WEB_HOST"] == ("127.0.0.1", "default")
    assert found["AUTH_SECRET"] == ("", "default")


def test_what_is_shown_is_what_is_in_force(invoke: Invoke) -> None:
    assert shown(invoke, BOOTSTRAP_SERVERS="a:1, b:2")["BOOTSTRAP_SERVERS"] == ("a:1,b:2", "environment")


def test_no_secret_is_shown(invoke: Invoke) -> None:
    secret = "x" * 40
    done = invoke("config", "show", AUTH_SECRET=secret, SCHEMA_REGISTRY_URL="https://me:hun@ter2@host/x")
    assert done.exit_code == 0
    assert secret not in done.output and "hun" not in done.output and "ter2" not in done.output
    assert f"LINK_STATUS_AUTH_SECRET={MASK} " in done.output
    assert f"LINK_STATUS_SCHEMA_REGISTRY_URL=https://me:{MASK}@host/x " in done.output


def test_for_people_a_line_each_as_in_an_env_file(invoke: Invoke) -> None:
    line = next(each for each in invoke("config", "show").stdout.splitlines() if "WEB_PORT" in each)
    assert line.split() == ["LINK_STATUS_WEB_PORT=6066", "#", "default"]


def test_a_path_cannot_play_tricks_on_a_terminal(invoke: Invoke) -> None:
    assert "\x1b" not in invoke("config", "show", DATA_DIR="\x1b[2J").output
