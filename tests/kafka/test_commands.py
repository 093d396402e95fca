"""What commands do on real Kafka and not on a mock: replays beside live workers, and rights."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from demo.brokers.kafka import RealKafka
from tests.conftest import need_kafka
from tests.kafka.cluster import CLI, Cluster, wait_for
from tests.kafka.load import load
from tests.support.events import decided, posted

AUTHORIZER = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": "true",
}


class Said(NamedTuple):
    """What a command said."""

    code: int
    lines: Sequence[Any]
    error: str


@pytest.fixture
def cluster(kafka: RealKafka, prefix: str, tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(kafka.bootstrap, prefix, tmp_path) as deployment:
        yield deployment


def run(cluster: Cluster, *words: str, **settings: str) -> Said:
    done = subprocess.run(
        [*CLI, *words, "--json"],
        env={**cluster.environment("operator"), **settings},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Said(done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr)


def names(cluster: Cluster, prefix: str) -> set[str]:
    """The topics that begin so."""
    admin = AdminClient({"bootstrap.servers": cluster.bootstrap, "log_level": 0})
    return {name for name in admin.list_topics(timeout=10).topics if name.startswith(prefix)}


def groups(cluster: Cluster) -> set[str]:
    """The groups that begin with the deployment's prefix."""
    admin = AdminClient({"bootstrap.servers": cluster.bootstrap, "log_level": 0})
    found = admin.list_consumer_groups(request_timeout=10).result().valid
    return {group.group_id for group in found if group.group_id.startswith(cluster.prefix)}


def ends(cluster: Cluster) -> dict[str, int]:
    """How many records the live outputs have."""
    return {topic: len(cluster.read(topic)) for topic in ("video-status", "video-status-changes")}


def test_a_replay_makes_the_same_beside_live_workers_and_leaves_nothing(cluster: Cluster) -> None:
    events = load(3000)
    cluster.produce(events[:2000], partitioner="consistent_random")
    worker = cluster.worker().until_ready()
    cluster.settle()
    live, outputs = names(cluster, cluster.prefix), ends(cluster)
    assert groups(cluster) == {f"{cluster.prefix}link-status"}
    same = run(cluster, "replay", "--workers", "2")
    assert (same.code, same.lines) == (
        0,
        [
            {
                "records": same.lines[-1]["records"],
                "videos": len(cluster.statuses()),
                "differences": 0,
                "unsettled": 0,
                "more": False,
                "gone": [],
            }
        ],
    )
    assert same.lines[-1]["records"] >= 2000
    assert ends(cluster) == outputs
    wait_for(lambda: names(cluster, cluster.prefix) == live, "the replay's topics stay")
    assert groups(cluster) == {f"{cluster.prefix}link-status"}

    cluster.produce(events[2000:])  # on its way while it looks
    assert run(cluster, "replay").code == 0
    worker.stop()


def test_status_and_explanation_are_read_from_what_was_committed(cluster: Cluster) -> None:
    cluster.produce(load(500), partitioner="consistent_random")
    worker = cluster.worker().until_ready()
    cluster.settle()
    video, body = next(each for each in cluster.statuses().items() if each[1]["need_attention"])
    (told,) = run(cluster, "status", video).lines
    assert {name: value for name, value in told.items() if name not in ("version", "updated_at")} == body
    product = body["links"][0]["product_id"]
    path = f"/v1/creators/{body['creator_id']}/videos/{video}/links/{product}/explain"
    (explained,) = run(cluster, "explain", video, product).lines
    assert but_superseded(explained) == but_superseded(json.loads(worker.get(path)[1]))
    worker.stop()


def but_superseded(explanation: Any) -> Any:
    """What stands: of what does not, the API knows less, nor of levels that creators do not hear of."""
    beside = ("superseded", "confirms")
    standing = [each for each in explanation["facts"] if each["role"] not in beside]
    return {**explanation, "facts": standing, "superseded": None}


def test_an_explanation_says_what_waits_and_how_far_it_reaches(cluster: Cluster) -> None:
    worker = cluster.worker().until_ready()
    cluster.produce(
        [
            ("video-links", "c1", posted("v1", "p1")),
            ("seller-decisions", "c1", decided("p1", "approved", at=20)),
        ]
    )
    cluster.settle()
    worker.stop()
    cluster.produce([("seller-decisions", "c1", decided("p1", "rejected", at=30))])
    (whole,) = run(cluster, "explain", "v1", "p1").lines
    assert [roles(whole), whole["superseded"]["since"]] == [["clear", "waiting"], None]
    later = run(cluster, "explain", "v1", "p1", "--since", "0s").lines[0]
    assert roles(later) == ["clear"]
    assert later["superseded"]["since"] is not None


def roles(explanation: Any) -> list[str]:
    """The parts that decisions of the seller play."""
    facts = [each for each in explanation["facts"] if each["facet"] == "application"]
    return ["clear" if each["role"] == "decides" else each["role"] for each in facts]


def test_what_differs_is_named_unless_retention_may_be_why(cluster: Cluster) -> None:
    cluster.produce(load(1000))
    worker = cluster.worker().until_ready()
    cluster.settle()
    video, body = next(iter(cluster.statuses().items()))
    wrong = {**body, "title": "another", "version": 1, "updated_at": "2026-11-23T09:00:00.000Z"}
    producer = Producer({"bootstrap.servers": cluster.bootstrap, "partitioner": "murmur2_random"})
    producer.produce(f"{cluster.prefix}video-status", json.dumps(wrong).encode(), key=video)
    assert producer.flush(30) == 0
    found = run(cluster, "replay", "--prefix", f"{cluster.prefix}kept-", "--keep")
    assert found.code == 3
    (difference,) = found.lines[:-1]
    assert (difference["video_id"], difference["field"]) == (video, "title")
    assert (difference["live"], difference["replay"]) == ("another", body["title"])
    kept = names(cluster, f"{cluster.prefix}kept-")
    assert f"{cluster.prefix}kept-video-status" in kept
    assert not any(name.endswith("kept-moderation") for name in kept)
    again = run(cluster, "replay", "--prefix", f"{cluster.prefix}kept-")
    assert again.code == 1
    assert "is there already; give the replay another --prefix" in again.error
    assert names(cluster, f"{cluster.prefix}kept-") == kept

    topic = f"{cluster.prefix}video-links"
    gone = [TopicPartition(topic, partition, 2) for partition in range(8)]
    admin = AdminClient({"bootstrap.servers": cluster.bootstrap})
    for deleted in admin.delete_records(gone).values():
        deleted.result()
    partial = run(cluster, "replay")
    assert partial.code == 4
    assert {each["topic"] for each in partial.lines[-1]["gone"]} == {topic}
    worker.stop()


def test_a_replay_whose_workers_refuse_says_why_and_clears_away(cluster: Cluster) -> None:
    cluster.produce(load(100))
    both = {"LINK_STATUS_AUTH_JWKS": "keys.json", "LINK_STATUS_AUTH_SECRET": "x" * 32}
    before = names(cluster, cluster.prefix)
    refused = run(cluster, "replay", **both)
    assert refused.code == 1
    assert "LINK_STATUS_AUTH_SECRET" in refused.error
    wait_for(lambda: names(cluster, cluster.prefix) == before, "the replay's topics stay")


@pytest.mark.parametrize(
    ("stop", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 1)], ids=["SIGTERM", "Ctrl-C"]
)
def test_a_replay_that_is_stopped_clears_away(cluster: Cluster, stop: signal.Signals, code: int) -> None:
    before = names(cluster, cluster.prefix)
    cluster.produce(load(100))
    replaying = subprocess.Popen(
        [*CLI, "replay"],
        env=cluster.environment("operator"),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    # There is no live worker, so it waits for one.
    wait_for(lambda: len(names(cluster, cluster.prefix)) == 2 * len(before) - 5, "it does not begin")
    wait_for(lambda: groups(cluster), "its worker does not begin")
    os.killpg(replaying.pid, stop)  # a terminal tells its workers, too
    assert replaying.wait(60) == code
    wait_for(lambda: names(cluster, cluster.prefix) == before, "the replay's topics stay")
    assert not groups(cluster)


def test_a_doctor_finds_all_well(cluster: Cluster) -> None:
    well = run(cluster, "doctor")
    assert (well.code, {each["level"] for each in well.lines}) == (0, {"ok"}), well.lines
    told = {each["about"]: each["what"] for each in well.lines}
    assert told["broker"].startswith("Kafka 4.1 or newer, 1 node")
    assert told["clock"] == "as the broker's, within a second"


def test_a_doctor_knows_which_session_timeouts_brokers_take(cluster: Cluster) -> None:
    found = run(cluster, "doctor", LINK_STATUS_SESSION_TIMEOUT_MS="1000")
    (failed,) = [each["what"] for each in found.lines if each["level"] == "fail"]
    assert (found.code, failed) == (
        1,
        "LINK_STATUS_SESSION_TIMEOUT_MS=1000: the brokers take 6000 to 1800000",
    )


def test_a_doctor_names_the_rights_that_are_lacking(tmp_path: Path) -> None:
    need_kafka()
    with RealKafka(AUTHORIZER) as broker, Cluster(broker.bootstrap, "s.", tmp_path) as cluster:
        well = run(cluster, "doctor")
        assert {each["level"] for each in well.lines} == {"ok"}, well.lines
        # Who has no right where others have one is refused there.
        changelog = "s.stock-levels-changelog"
        cluster.produce([("stock-levels-changelog", "p", {})])  # which may not be looked at
        allow(cluster, ResourceType.TOPIC, changelog, AclOperation.DESCRIBE)
        unread = {f"topic {changelog}: Read and Write is not allowed"}
        wait_for(lambda: failed(cluster) == unread, "other rights are said to be lacking", 20)
        allow(cluster, ResourceType.TOPIC, "s.inventory", AclOperation.DESCRIBE)
        allow(cluster, ResourceType.TOPIC, "s.video-status", AclOperation.WRITE, principal="User:other")
        allow(cluster, ResourceType.GROUP, "s.link-status", AclOperation.DESCRIBE)
        allow(cluster, ResourceType.TRANSACTIONAL_ID, "s.link-status-", AclOperation.WRITE, "User:other")
        lacking = unread | {
            "topic s.inventory: Read is not allowed",
            "topic s.video-status: not even Describe is allowed",
            "group s.link-status: Read is not allowed",
            "transactional ids s.link-status-…: not even Describe is allowed",
        }
        wait_for(lambda: failed(cluster) == lacking, "other rights are said to be lacking", 20)
        assert run(cluster, "doctor").code == 1


def failed(cluster: Cluster) -> set[str]:
    """What a doctor says is wrong."""
    return {each["what"] for each in run(cluster, "doctor").lines if each["level"] == "fail"}


def allow(
    cluster: Cluster,
    kind: ResourceType,
    name: str,
    operation: AclOperation,
    principal: str = "User:ANONYMOUS",
) -> None:
    """Allow that, and with it nothing else to anyone on the same."""
    pattern = ResourcePatternType.PREFIXED if name.endswith("-") else ResourcePatternType.LITERAL
    binding = AclBinding(kind, name, pattern, principal, "*", operation, AclPermissionType.ALLOW)
    admin = AdminClient({"bootstrap.servers": cluster.bootstrap, "log_level": 0})
    for created in admin.create_acls([binding]).values():
        created.result()
