"""What the containers of docker-compose.kafka.yml run, run without containers on a real Kafka."""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.brokers.kafka import RealKafka
from tests.kafka.cluster import CLI, Cluster, Worker, wait_for
from tests.support.events import posted

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.kafka.yml").read_text())[
    "services"
]
# All but the state is read-only, as in the containers (even /tmp, which these may write).
CONFINED = 'mount --bind "$0" "$0" && mount -o remount,ro,bind / && exec "$@"'
DEMO = (sys.executable, "-m", "demo.produce")


def settings(name: str, kafka: RealKafka) -> dict[str, str]:
    """The environment of a service, on this broker."""
    given: dict[str, str] = SERVICES[name]["environment"]
    plain = {key: re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", value) for key, value in given.items()}
    assert plain["LINK_STATUS_BOOTSTRAP_SERVERS"] == "kafka:19092"
    return {**plain, "LINK_STATUS_BOOTSTRAP_SERVERS": kafka.bootstrap}


def run(name: str) -> tuple[str, ...]:
    """The command of a service of ours."""
    return (*CLI, *SERVICES[name]["command"])


class Composed(Cluster):
    """Its topics are made by the container for that."""

    def create_topics(self) -> None:
        environment = self.environment("topics")
        applied = subprocess.run(run("topics"), env=environment, capture_output=True, text=True, timeout=60)
        assert applied.returncode == 0, applied.stderr


@pytest.fixture
def deployment(kafka: RealKafka, prefix: str, tmp_path: Path) -> Iterator[Cluster]:
    with Composed(kafka.bootstrap, prefix, tmp_path, **settings("worker-1", kafka)) as cluster:
        yield cluster


def test_the_demo_is_seen_through_two_workers(deployment: Cluster, kafka: RealKafka) -> None:
    workers = [
        deployment.worker(name, run(name), **settings(name, kafka)) for name in ("worker-1", "worker-2")
    ]
    demo = deployment.worker("demo", DEMO, **settings("demo", kafka))
    for worker in workers:
        worker.until_ready()
        healthy(SERVICES[worker.log.stem]["healthcheck"]["test"], worker)
    wait_for(lambda: "with the token" in demo.log.read_text(), "no token")
    [creator] = re.findall(r"Video > Manage of (\S+):", demo.log.read_text())
    [token] = re.findall(r"with the token (\S+)", demo.log.read_text())
    for worker in workers:
        wait_for(lambda worker=worker: videos(worker, creator, token) >= {"My desk setup"}, "not seen")
        assert worker.get(f"/v1/creators/{creator}/videos")[0] == 401
    for process in (demo, *workers):
        process.stop()


def healthy(check: Sequence[str], worker: Worker) -> None:
    """Run a container's check where the worker listens here."""
    kind, _, *program = check
    here = [word.replace(":6066", f":{worker.port}") for word in program]
    assert kind == "CMD"
    assert subprocess.run([sys.executable, *here], timeout=10).returncode == 0


def videos(worker: Worker, creator: str, token: str) -> set[str]:
    """The titles in a creator's list."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{worker.port}/v1/creators/{creator}/videos",
        headers={"Authorization": f"Bearer {token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return {video["title"] for video in json.load(answer)["videos"]}
    except OSError:
        return set()


def test_a_worker_writes_nothing_but_its_state(deployment: Cluster) -> None:
    state = deployment.state()
    state.mkdir()
    confined = ("unshare", "--mount", "--propagation", "private", "sh", "-c", CONFINED, str(state))
    try:
        subprocess.run([*confined, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs the right to mount, to make the root read-only")
    assert subprocess.run([*confined, "touch", str(ROOT / "written")], capture_output=True).returncode != 0
    worker = deployment.worker(command=(*confined, *run("worker-1"))).until_ready()
    deployment.produce([("video-links", "c1", posted("v1", "p1"))])
    deployment.settle()
    assert deployment.changes()["v1"]
    worker.stop()
