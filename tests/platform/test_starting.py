"""A worker listens before it looks for brokers, and says at once what keeps it from starting."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams import startable
from streams.runtime import sockets
from tests.kafka.cluster import Worker, free_port, wait_for


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Those of a worker at whose brokers' address nobody listens: the port is taken, and refuses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield {
            "LINK_STATUS_BOOTSTRAP_SERVERS": f"127.0.0.1:{taken.getsockname()[1]}",
            "LINK_STATUS_DATA_DIR": str(tmp_path / "state"),
            "LINK_STATUS_WEB_PORT": str(free_port()),
        }


def test_the_look_at_state_outlasts_a_broker_that_hangs() -> None:
    assert startable._PATIENCE_S >= 2 * sockets._AT_ONCE_S, "else it begins anew, perhaps with the same one"


def test_it_lives_while_there_is_no_broker(settings: dict[str, str], tmp_path: Path) -> None:
    worker = Worker(settings, tmp_path / "log")
    wait_for(lambda: worker.get("/livez")[0] != 0, "nobody listens", within_s=20)
    status, live = worker.get("/livez")
    assert (status, json.loads(live)["ok"]) == (200, True)
    assert "brokers are waited for" in json.loads(live)["reason"]
    status, ready = worker.get("/readyz")
    assert (status, json.loads(ready)["ok"]) == (503, False)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{worker.port}/v1/creators/c1/videos", timeout=5)
    assert (refused.value.code, refused.value.headers["Retry-After"]) == (503, "1")
    assert json.load(refused.value)["type"] == "urn:link-status:problem:starting"
    assert worker.stop() < 5


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("WEB_HOST", "127.0.0.300", "neither an IP address nor the name of a host"),
        ("WEB_HOST", "192.0.2.1", "assign requested address"),
        ("DATA_DIR", "/dev/null", "this is no directory"),
        ("DATA_DIR", "/dev/null/state", "cannot be made: not a directory"),
    ],
)
def test_what_makes_no_sense_is_told_at_once(
    settings: dict[str, str], tmp_path: Path, name: str, value: str, reason: str
) -> None:
    given = {**settings, "LINK_STATUS_AUTH_SECRET": "x" * 32, f"LINK_STATUS_{name}": value}
    refused(given, tmp_path, f"{name}={value}", reason)


def test_so_is_a_port_that_is_taken(settings: dict[str, str], tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(port := settings["LINK_STATUS_WEB_PORT"])))
        other.listen()
        refused(settings, tmp_path, f"WEB_PORT={port}", "address already in use")


def refused(settings: dict[str, str], directory: Path, given: str, reason: str) -> None:
    worker = Worker(settings, directory / "log")
    assert worker.process.wait(20) == 2
    (line,) = worker.log.read_text().splitlines()
    assert line.startswith(f"link-status: LINK_STATUS_{given}: ")
    assert reason in line
