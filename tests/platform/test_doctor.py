"""`link-status doctor`: what it says of this machine and of rights, without a broker."""

import asyncio
import json
import socket
from pathlib import Path

import pytest
from aiokafka.errors import TopicAuthorizationFailedError, UnknownTopicOrPartitionError

from streams.commands.doctor import line
from streams.doctor import examine, machine, rights
from streams.doctor.finding import Finding, Level
from streams.questions import Allowed, Clock, Operation
from streams.settings import Settings
from streams.topics import Topics
from tests.platform.commands import invoker

GIB = 1 << 30
TOPICS = Topics.load("s.")
ALL = frozenset(Operation)


@pytest.mark.parametrize(
    ("free", "level"), [(100 * GIB, Level.OK), (GIB, Level.WARN), (100 << 20, Level.FAIL)]
)
def test_room_for_state(free: int, level: Level, tmp_path: Path) -> None:
    assert machine.room(free, tmp_path).level is level


def test_the_directory_of_state_need_not_be_there_yet(tmp_path: Path) -> None:
    assert str(tmp_path) in machine.disk(tmp_path / "a" / "b").what
    assert not (tmp_path / "a").exists()


def test_state_cannot_be_kept_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = machine.disk(tmp_path / "file" / "state")
    assert found.level is Level.FAIL
    assert "LINK_STATUS_DATA_DIR" in found.do


@pytest.mark.parametrize(
    ("told", "skew", "level"),
    [
        (Clock(1_000_050, 1_000_000, 1_000_100), 0, Level.OK),
        (Clock(1_000_000, 1_000_500, 1_000_600), 500, Level.OK),
        (Clock(1_000_000, 1_003_000, 1_003_100), 3_000, Level.WARN),
        (Clock(1_003_100, 1_000_000, 1_000_100), -3_000, Level.WARN),
        (Clock(1_000_000, 1_100_000, 1_100_100), 100_000, Level.FAIL),
    ],
)
def test_a_skew_is_what_the_round_trip_does_not_explain(told: Clock, skew: int, level: Level) -> None:
    assert told.skew_ms == skew
    assert machine.clock(told).level is level


def test_a_clock_that_is_ahead_is_not_called_behind() -> None:
    assert "3.0 s ahead of" in machine.clock(Clock(1_000_000, 1_003_000, 1_003_100)).what
    assert "3.0 s behind" in machine.clock(Clock(1_003_100, 1_000_000, 1_000_100)).what


def test_all_rights() -> None:
    (only,) = rights.on_topics(dict.fromkeys(TOPICS.by_full_name, ALL), TOPICS)
    assert only.level is Level.OK


@pytest.mark.parametrize(
    ("name", "allowed", "lacking"),
    [
        ("s.inventory", ALL - {Operation.READ}, "Read is not allowed"),
        ("s.dead-letters", ALL - {Operation.WRITE}, "Write is not allowed"),
        ("s.events-by-creator", frozenset({Operation.DESCRIBE}), "Read and Write is not allowed"),
        ("s.stock-levels-changelog", TopicAuthorizationFailedError(), "not even Describe is allowed"),
    ],
)
def test_a_right_that_is_lacking_is_named(
    name: str, allowed: Allowed | TopicAuthorizationFailedError, lacking: str
) -> None:
    (only,) = rights.on_topics({**dict.fromkeys(TOPICS.by_full_name, ALL), name: allowed}, TOPICS)
    assert only == (Level.FAIL, "rights", f"topic {name}: {lacking}", only.do)


def test_rights_that_are_not_needed_are_not_asked_for() -> None:
    allowed = {**dict.fromkeys(TOPICS.by_full_name, ALL), "s.inventory": frozenset({Operation.READ})}
    assert rights.on_topics(allowed, TOPICS)[0].level is Level.OK


def test_a_topic_that_is_missing_is_not_hidden() -> None:
    allowed: rights.OnTopics = {"a": UnknownTopicOrPartitionError(), "b": TopicAuthorizationFailedError()}
    assert rights.hidden(allowed) == {"b"}


def test_without_a_broker_it_says_so_and_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine, "_ANSWERS_WITHIN_S", 0.3)
    invoke = invoker(tmp_path, monkeypatch)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        done = invoke("doctor", "--json", BOOTSTRAP_SERVERS=where, WEB_HOST="0.0.0.0")
    assert done.exit_code == 1
    found = {each["about"]: each for each in map(json.loads, done.stdout.splitlines())}
    assert found["broker"]["level"] == "fail"
    assert where in found["broker"]["what"]
    assert "LINK_STATUS_BOOTSTRAP_SERVERS" in found["broker"]["do"]
    assert found["web"]["level"] == "fail"
    assert found["disk"]["level"] in ("ok", "warn")


def test_keys_that_a_worker_refuses_are_refused(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("no JWKS")
    for where in (tmp_path / "nothing", tmp_path / "keys.json"):
        found = asyncio.run(machine.access(Settings(auth_jwks=str(where))))
        assert found.level is Level.FAIL
        assert f"LINK_STATUS_AUTH_JWKS={where}" in found.what


def test_an_issuer_that_is_away_is_no_reason_not_to_start() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        where = f"http://127.0.0.1:{taken.getsockname()[1]}/keys"
        found = asyncio.run(machine.access(Settings(auth_jwks=where)))
    assert found.level is Level.WARN
    assert f"LINK_STATUS_AUTH_JWKS={where}" in found.what


def test_what_to_do_stands_below() -> None:
    shown = line(Finding(Level.FAIL, "topics", "missing: \x1b[2J", "link-status topics apply"))
    first, second = shown.splitlines()
    assert "fail" in first and "\\x1b[2J" in first
    assert second.strip() == "→ link-status topics apply"
