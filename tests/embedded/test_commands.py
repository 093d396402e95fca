"""The commands that look at a deployment, beside its worker."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from demo.brokers.embedded import Embedded
from tests.kafka.cluster import CLI, Cluster, Worker, wait_for
from tests.kafka.load import load
from tests.support.events import decided, deleted, invited, moderated, posted, stocked

PREFIX = "shop."
CONTACT = {"email": "a@b.example"}
ESCAPE = "\x1b[2J"


class Site(NamedTuple):
    """A deployment with a worker, and what was told to it."""

    cluster: Cluster
    worker: Worker

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*CLI, *words],
            env=self.cluster.environment("operator"),
            capture_output=True,
            text=True,
            timeout=120,
        )

    def json(self, *words: str) -> Any:
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def tell(self, *events: tuple[str, str | None, dict[str, Any]]) -> None:
        self.cluster.produce(events)
        self.cluster.settle()


@pytest.fixture(scope="module")
def embedded() -> Iterator[Embedded]:
    """One for all tests of this file."""
    with Embedded() as broker:
        yield broker


@pytest.fixture(scope="module")
def site(embedded: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Cluster(embedded.bootstrap, PREFIX, tmp_path_factory.mktemp("commands")) as cluster:
        site = Site(cluster, cluster.worker().until_ready())
        cluster.produce(load(500))
        site.tell(
            ("video-links", "c1", posted("v1", "p1", "p2", title=f"Desk {ESCAPE}")),
            ("video-links", "c1", posted("gone", "p1")),
        )
        # Topics are fetched in any order; a fact that stands no more is known where it changed something.
        site.tell(("seller-decisions", "c1", decided("p1", "rejected", at=15)))
        site.tell(
            ("moderation", "c1", moderated("v1", "approved")),
            ("seller-decisions", "c1", decided("p1", "approved", at=17)),
            ("seller-decisions", "c1", decided("p1", "rejected", at=20, contact=CONTACT)),
            ("invite-expiries", "c1", invited("p1", 25, at=21)),
            ("inventory", "p1", stocked("p1", 0)),
            ("video-links", "c1", deleted("gone")),
        )
        yield site


def published(site: Site, video: str) -> Any:
    """The latest record of video-status, whole."""
    return [each.json for each in site.cluster.read("video-status") if each.key == video.encode()][-1]


def test_a_status_is_what_was_published(site: Site) -> None:
    for video in ("v1", next(iter(site.cluster.statuses()))):
        assert site.json("status", video) == published(site, video)


def test_a_status_for_people(site: Site) -> None:
    done = site.run("status", "v1")
    assert done.returncode == 0
    assert "1 product link needs attention, 1 product link in review" in done.stdout
    assert "seller: a@b.example" in done.stdout
    assert "rejected_by_seller" in done.stdout and "product_out_of_stock" in done.stdout
    assert ESCAPE not in done.stdout


@pytest.mark.parametrize(
    "words", [("status", "gone"), ("status", "?"), ("explain", "gone", "p1")], ids=" ".join
)
def test_what_is_not_there_exits_1(site: Site, words: tuple[str, ...]) -> None:
    done = site.run(*words)
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no such" in done.stderr


def test_a_link_that_the_video_does_not_have_exits_1(site: Site) -> None:
    assert site.run("explain", "v1", "p3").returncode == 1


@pytest.mark.parametrize("product", ["p1", "p2"])
def test_an_explanation_is_that_of_the_api(site: Site, product: str) -> None:
    status, body = site.worker.get(f"/v1/creators/c1/videos/v1/links/{product}/explain")
    assert status == 200
    told = site.json("explain", "v1", product)
    assert told["superseded"] == {"source": "log", "since": None}
    assert but_superseded(told) == but_superseded(json.loads(body))


def but_superseded(explanation: Any) -> Any:
    """What stands: of what does not, the API knows less."""
    standing = [each for each in explanation["facts"] if each["role"] != "superseded"]
    return {**explanation, "facts": standing, "superseded": None}


def test_an_explanation_has_facts_that_changed_nothing_or_wait(site: Site) -> None:
    site.tell(
        ("video-links", "c5", posted("v5", "p5", creator="c5")),
        ("seller-decisions", "c5", decided("p5", "approved", at=30, creator="c5")),
        ("seller-decisions", None, decided("p5", "rejected", at=20, creator="c5")),
    )
    _, body = site.worker.get("/v1/creators/c5/videos/v5/links/p5/explain")
    assert "decision-p5-20" not in body.decode()
    told = [(each["event_id"], each["role"]) for each in site.json("explain", "v5", "p5")["facts"]]
    assert ("decision-p5-30", "clear") in told
    assert ("decision-p5-20", "superseded") in told


def test_an_explanation_for_people_names_the_records(site: Site) -> None:
    shown = site.run("explain", "v1", "p1").stdout
    assert shown.startswith("p1 in v1: needs attention\n")
    roles = [line.split()[:3] for line in shown.splitlines() if not line.startswith(" ")][3:]
    assert ["application", "rejected", "decides"] in roles
    assert ["application", "rejected", "superseded"] in roles
    assert ["stock", "out_of_stock", "masked"] in roles
    assert f"decision-p1-20 of 1970-01-01T00:00:00.020Z, {PREFIX}seller-decisions-" in shown
    assert shown.endswith("\nSuperseded facts: all that the log ever held.\n")


def test_a_watch_tells_what_was_and_what_comes(site: Site) -> None:
    words = ["watch", "--creator", "c9", "--since", "1h", "--json"]
    site.tell(("video-links", "c9", posted("v9", "p9", creator="c9")))
    watching = subprocess.Popen(
        [*CLI, *words], env=site.cluster.environment("operator"), stdout=subprocess.PIPE, text=True
    )
    with watching:
        assert watching.stdout
        first = json.loads(watching.stdout.readline())
        assert (first["video_id"], first["version"]) == ("v9", 1)
        site.tell(
            ("video-links", "c8", posted("v8", "p9", creator="c8")),
            ("moderation", "c9", moderated("v9", "violation", creator="c9")),
        )
        second = json.loads(watching.stdout.readline())
        assert [first, second] == site.cluster.changes()["v9"]
        watching.terminate()
        assert watching.wait(10) == 0
        assert watching.stdout.read() == ""


def test_a_watch_without_since_begins_now_and_is_readable(site: Site) -> None:
    watching = subprocess.Popen(
        [*CLI, "watch", "--video", "v7"],
        env=site.cluster.environment("operator"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with watching:
        assert watching.stderr and watching.stdout
        assert watching.stderr.readline() == f"watching {PREFIX}video-status-changes; Ctrl-C ends it\n"
        site.tell(("video-links", "c7", posted("v7", "p7", creator="c7")))
        shown = watching.stdout.readline()
        assert "c7 v7  version 1: 1 product link in review" in shown
        watching.terminate()
        watching.communicate(timeout=10)


def test_a_replay_makes_the_same(site: Site) -> None:
    report = site.json("replay")
    assert report["records"] >= 500
    assert report["videos"] == len(site.cluster.statuses())
    assert (report["differences"], report["unsettled"]) == (0, 0)


def ended(command_line: Path) -> bool:
    """Whether a process (by its file in /proc) is gone, or waits to be cleared away."""
    try:
        return not command_line.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_workers_of_a_replay_do_not_outlive_it(site: Site, tmp_path: Path) -> None:
    replaying = subprocess.Popen(
        [*CLI, "replay", "--work-dir", str(tmp_path)],
        env=site.cluster.environment("operator"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: list(tmp_path.glob("*/worker-0")), "no worker is at work")
    children = Path(f"/proc/{replaying.pid}/task/{replaying.pid}/children").read_text().split()
    (worker,) = [Path("/proc") / child / "cmdline" for child in children]
    assert b"streams.replay.child" in worker.read_bytes()
    replaying.kill()
    replaying.wait()
    wait_for(lambda: ended(worker), "it goes on", 20)


def test_a_plan_changes_nothing_and_a_check_tells_by_its_exit_code(embedded: Embedded, site: Site) -> None:
    missing = {**site.cluster.environment("x"), "LINK_STATUS_TOPIC_PREFIX": "new."}
    for _ in range(2):
        done = subprocess.run(
            [*CLI, "topics", "plan", "--json"], env=missing, capture_output=True, text=True, timeout=60
        )
        plans = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 0
        assert len(plans) == 20 and plans[0]["create"]["partitions"] == 8
    refused = subprocess.run(
        [*CLI, "topics", "check", "--json"], env=missing, capture_output=True, text=True, timeout=60
    )
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["topic"] == "new.video-links"
    assert json.loads(refused.stdout)["refused"] in refused.stderr
    differs = site.run("topics", "check", "--json")
    assert differs.returncode == 3
    assert json.loads(differs.stdout.splitlines()[0]) == {
        "topic": f"{PREFIX}video-links",
        "what": "partitions",
        "actual": "4",
        "declared": "8",
    }


def test_a_doctor_knows_the_mock(site: Site) -> None:
    done = site.run("doctor", "--json")
    found = {each["about"]: each["level"] for each in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 0
    assert (found["broker"], found["topics"]) == ("warn", "ok")
