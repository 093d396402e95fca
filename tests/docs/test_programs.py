"""The documents' programs against a real Kafka and a worker: every client publishes, every one subscribes."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from demo.brokers.kafka import RealKafka
from tests.docs.shell import Running, Shell, kcat
from tests.kafka.cluster import SOURCES, Cluster, Out, wait_for
from tests.notifier.deployment import Deployment
from tests.notifier.receiver import Receiver

EXAMPLES = Path("schemas/examples")
FACTS = [
    str(EXAMPLES / path)
    for path in (
        "video-links/posted.json",
        "seller-decisions/rejected.json",
        "invite-expiries/future.json",
        "moderation/violation-of-a-link.json",
        "inventory/out-of-stock.json",
    )
]
DELETED = str(EXAMPLES / "video-links/deleted.json")
TAKE_FILES = ("publish_aiokafka.py", "publish_confluent.py", "Publish.java")
PUBLISHERS = (*TAKE_FILES, "publish_console.sh", "publish_kcat.sh")
FOLLOWERS = ("follow_aiokafka.py", "follow_confluent.py", "Follow.java")
BOOTSTRAPS = ("bootstrap_aiokafka.py", "bootstrap_confluent.py", "Bootstrap.java")


class Published(NamedTuple):
    """What the topics held after each client had published the same facts."""

    cluster: Cluster
    shell: Shell
    sources: dict[str, dict[str, list[Out]]]
    """The records of each source topic, that a client added."""
    changes: list[dict[str, Any]]
    """Of the one video, after all."""
    notifier: Running
    """The reference subscriber, on the console since before the first event."""


@pytest.fixture(scope="module")
def published(kafka: RealKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    directory = tmp_path_factory.mktemp("docs")
    prefix = f"{directory.name}-{id(directory):x}-"
    shell = Shell(directory, kafka.bootstrap, prefix)
    with Cluster(kafka.bootstrap, prefix, directory) as cluster:
        cluster.worker().until_ready()
        notifier = shell.start_notifier()
        wait_for(lambda: "listening" in "".join(notifier.lines()), "the notifier does not start")
        sources: dict[str, dict[str, list[Out]]] = {}
        seen: dict[str, list[Out]] = {topic: [] for topic in SOURCES}
        for publisher in PUBLISHERS:
            if publisher != "publish_kcat.sh" or kcat():
                shell.run(publisher, *(FACTS if publisher in TAKE_FILES else ()))
                sources[publisher] = _added(cluster, seen)
        cluster.settle()
        yield Published(cluster, shell, sources, cluster.changes()["v1"], notifier)
        shell.close()


def _added(cluster: Cluster, seen: dict[str, list[Out]]) -> dict[str, list[Out]]:
    """The records beyond those seen, on whichever partitions."""
    added = {}
    for topic in SOURCES:
        records = cluster.read(topic)
        added[topic] = list(records)
        for each in seen[topic]:
            added[topic].remove(each)
        seen[topic] = records
    return added


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_every_client_publishes_each_event_under_its_key(published: Published, publisher: str) -> None:
    if publisher not in published.sources:
        pytest.skip("needs kcat")
    sent = published.sources[publisher]
    for path in FACTS:
        event = json.loads(Path(path).read_bytes())
        [record] = sent[Path(path).parent.name]
        assert (
            record.key == event["product_id" if event["type"] == "inventory_level" else "creator_id"].encode()
        )
        assert (
            record.json.items() >= {name: event[name] for name in ("type", "event_id", "occurred_at")}.items()
        )


def test_nothing_is_refused_or_on_another_partition_than_its_keys(published: Published) -> None:
    for topic in ("dead-letters", "events-by-creator", "events-by-product"):
        assert published.cluster.read(topic) == []


def test_what_was_published_again_changed_nothing(published: Published) -> None:
    assert [change["version"] for change in published.changes] == list(range(1, len(published.changes) + 1))
    codes = [issue["code"] for issue in published.changes[-1]["links"][0]["issues"]]
    assert {"content_quality_violation", "rejected_by_seller", "product_out_of_stock"} <= set(codes)
    assert {change["cause"]["event_id"] for change in published.changes} <= {
        "l-1",
        "d-81",
        "m-1",
        "s-2",
        "i-1",
    }


def test_the_reference_subscriber_tells_the_creator(published: Published) -> None:
    def told() -> str:
        return "\n".join(published.notifier.lines())

    wait_for(lambda: "application to promote" in told() and "community guidelines" in told(), "not told")
    assert " c7: " in told()
    assert "Five kitchen gadgets" in told()


def test_every_client_subscribes(published: Published) -> None:
    """Follows, is killed and follows on; starts with what stands; each change once, the deletion last."""
    shell, changes = published.shell, published.changes
    said = [f"v1 {change['version']} {change['after']['status']}" for change in changes]
    deleted = f"v1 {len(said) + 1} deleted"

    followers = {program: _follow(published, program) for program in FOLLOWERS}
    views = [shell.start(program) for program in BOOTSTRAPS]
    shown = [shell.start(program) for program in ("follow_console.sh", *["follow_kcat.sh"][: kcat()])]
    for program in FOLLOWERS:
        _until(partial(_handled, published, program), said)
    for view in views:
        _until(view.lines, [said[-1], "--"])
    for running in shown:
        _until(partial(_versions, running), [change["version"] for change in changes])
    for running in followers.values():
        running.kill()

    shell.run("publish_confluent.py", DELETED)
    for program in FOLLOWERS:
        _follow(published, program)
        _until(partial(_handled, published, program), [*said, deleted])
    for view in views:
        _until(view.lines, [said[-1], "--", deleted])
    for running in shown:
        _until(partial(_versions, running), list(range(1, len(said) + 2)))
    published.cluster.settle()
    if kcat():
        statuses = shell.run("status_kcat.sh").splitlines()
        assert statuses[-1] == "v1 -1 "
        assert json.loads(statuses[0].split(" ", 2)[2])["title"] == "Five kitchen gadgets"


def test_an_open_transaction_leaves_no_gap(kafka: RealKafka, prefix: str, tmp_path: Path) -> None:
    """Whether a program came early or late: what an open transaction holds is shown once."""
    shell = Shell(tmp_path, kafka.bootstrap, prefix)
    with Receiver() as nobody, Deployment(kafka.bootstrap, prefix, tmp_path, nobody) as on:
        on.publish({"v1": []})
        on.producer.begin_transaction()
        on.send_status(on.producer, "v2", on.send_change(on.producer, "v2", []))
        status_of_v3 = on.send_change(on.producer, "v3", [])
        views = [shell.start(program) for program in BOOTSTRAPS]
        time.sleep(2)  # for the worse: they have noted the ends by now, and the status comes after them
        on.send_status(on.producer, "v3", status_of_v3)
        on.producer.commit_transaction(30)
        for view in views:
            wait_for(partial(_shows, view, {"--", "v2 1 any", "v3 1 any"}), "a gap")
            assert len(view.lines()) == len({*view.lines()}), "shown twice"
    shell.close()


def test_dead_letters_are_shown(published: Published, tmp_path: Path) -> None:
    if not kcat():
        pytest.skip("needs kcat")
    wrong = json.loads(Path(FACTS[-1]).read_bytes()) | {"available": -1}
    (tmp_path / "wrong.json").write_text(json.dumps(wrong))
    published.shell.run("publish_aiokafka.py", str(tmp_path / "wrong.json"))
    published.cluster.settle()
    headers, value = published.shell.run("dead_letters_kcat.sh").splitlines()
    assert "__streams.errors.exception=invalid_event" in headers
    assert json.loads(value) == wrong


def _follow(published: Published, program: str) -> Running:
    return published.shell.start(
        program, f"{published.cluster.prefix}{program}", str(_store(published, program))
    )


def _store(published: Published, program: str) -> Path:
    return published.cluster.directory / f"{program}.store"


def _handled(published: Published, program: str) -> list[str]:
    """What a follower did, as "video version status"."""
    store = _store(published, program)
    if store.is_dir():
        files = [each.read_text() for each in store.iterdir() if each.name != "scratch"]
        return sorted(files, key=lambda said: int(said.split()[1]))
    try:
        with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as db:
            return [" ".join(map(str, row)) for row in db.execute("SELECT * FROM handled ORDER BY rowid")]
    except sqlite3.OperationalError:
        return []  # not yet made


def _versions(shown: Running) -> list[int]:
    """The versions in what a console tool printed: key, then the value."""
    return [json.loads(line[line.index("{") :])["version"] for line in shown.lines() if line.startswith("v1")]


def _shows(view: Running, expected: set[str]) -> bool:
    return expected <= {*view.lines()}


def _until(get: Callable[[], list[Any]], expected: list[Any]) -> None:
    """Wait until there is as much as expected; it is what is expected."""
    wait_for(lambda: len(get()) >= len(expected), f"{expected} expected")
    assert get() == expected
