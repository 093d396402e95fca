"""Rights that are taken from a running worker, and given back: what is said, and that nothing is lost."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclOperation,
    AdminClient,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

from tests.conftest import need_kafka
from tests.kafka import acls
from tests.kafka.cluster import Cluster, Worker, wait_for
from tests.kafka.load import check_chains, comparable, expected, load
from tests.kafka.secured import PASSWORD, USER, SecuredKafka, by_scram, environment

MECHANISM = ScramMechanism.SCRAM_SHA_512
EVENTS = load(600)
FIRST, MEANWHILE, AFTERWARDS = EVENTS[:200], EVENTS[200:400], EVENTS[400:]


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    need_kafka()
    with SecuredKafka(tmp_path_factory.mktemp("secured")) as broker:
        yield broker


@pytest.fixture
def cluster(secured: SecuredKafka, prefix: str, tmp_path: Path) -> Iterator[Cluster]:
    """With every right that a worker needs, and some events processed by the worker `a`."""
    with Cluster(secured.bootstrap, prefix, tmp_path) as cluster:
        acls.grant(secured.bootstrap, prefix)
        start(cluster, secured).until_ready()
        cluster.produce(FIRST)
        cluster.settle()
        yield cluster


def start(cluster: Cluster, secured: SecuredKafka, **settings: str) -> Worker:
    return cluster.worker(**by_scram(secured, **settings), **environment(SESSION_TIMEOUT_MS="6000"))


@contextmanager
def another_password(secured: SecuredKafka) -> Iterator[str]:
    """USER has it as long as the `with` lasts."""
    try:
        set_password(secured, f"another-{PASSWORD}")
        yield f"another-{PASSWORD}"
    finally:
        set_password(secured, PASSWORD)


def set_password(secured: SecuredKafka, password: str) -> None:
    admin = AdminClient({"bootstrap.servers": secured.bootstrap, "log_level": 0})
    changed = UserScramCredentialUpsertion(USER, ScramCredentialInfo(MECHANISM, 4096), password.encode())
    for done in admin.alter_user_scram_credentials([changed]).values():
        done.result()


def worker_of(cluster: Cluster) -> Worker:
    return cluster._workers[-1]


def finish(cluster: Cluster, worker: Worker) -> None:
    """Nothing was lost, and nothing came twice."""
    worker.until_ready()
    cluster.produce(AFTERWARDS)
    cluster.settle()
    assert comparable(cluster.statuses()) == expected(EVENTS)
    check_chains(cluster.changes())
    worker.stop()


def test_a_user_that_is_deleted_is_waited_for(cluster: Cluster, secured: SecuredKafka) -> None:
    worker = worker_of(cluster)
    admin = AdminClient({"bootstrap.servers": secured.bootstrap, "log_level": 0})
    for done in admin.alter_user_scram_credentials([UserScramCredentialDeletion(USER, MECHANISM)]).values():
        done.result()
    secured.restart()  # who is let in already may stay
    cluster.produce(MEANWHILE)
    wait_for(lambda: worker.get("/readyz")[0] == 503, "it is ready")
    refused = f"{secured.doors.sasl} does not let in LINK_STATUS_SASL_USERNAME={USER}"
    said = f"waiting, nothing is lost: LINK_STATUS_SASL_PASSWORD: {refused}"
    wait_for(lambda: said in worker.log.read_text(), "nothing is said")
    reason = json.loads(worker.get("/readyz")[1])["reason"]
    assert "they do not let this worker in" in reason and USER not in reason
    assert worker.get("/livez")[0] == 200, "a new start would not help"
    assert worker.metric("link_status_brokers_away_seconds") > 0
    set_password(secured, PASSWORD)
    finish(cluster, worker)
    assert worker.log.read_text().count("waiting, nothing is lost") == 1


def test_a_password_that_was_changed_in_its_file_is_worth_a_new_start(
    cluster: Cluster, secured: SecuredKafka, tmp_path: Path
) -> None:
    worker_of(cluster).stop()
    file = tmp_path / "password"
    file.write_text(PASSWORD)
    worker = start(cluster, secured, SASL_PASSWORD_FILE=str(file)).until_ready()
    with another_password(secured) as password:
        secured.restart()
        wait_for(lambda: worker.get("/readyz")[0] == 503, "it is ready")
        assert worker.get("/livez")[0] == 200, "a new start would not help"
        file.write_text(password)
        wait_for(lambda: worker.get("/livez")[0] == 503, "it lives")
        assert "start this one anew" in worker.log.read_text()
        worker.stop()
        cluster.produce(MEANWHILE)
        again = start(cluster, secured, SASL_PASSWORD_FILE=str(file))
        finish(cluster, again)


def test_a_sink_that_may_not_be_written_is_waited_for(cluster: Cluster, secured: SecuredKafka) -> None:
    worker, topic = worker_of(cluster), f"{cluster.prefix}video-status"
    with acls.without(secured.bootstrap, ResourceType.TOPIC, topic, AclOperation.WRITE):
        cluster.produce(MEANWHILE)
        wait_for(lambda: worker.metric("link_status_tasks_waiting") > 0, "nobody waits")
        status, body = worker.get("/readyz")
        assert (status, "TopicAuthorizationFailedError" in json.loads(body)["reason"]) == (503, True)
        assert worker.get("/livez")[0] == 200
    finish(cluster, worker)


def test_a_source_that_may_not_be_read_ends_it_until_it_may(cluster: Cluster, secured: SecuredKafka) -> None:
    worker, topic = worker_of(cluster), f"{cluster.prefix}inventory"
    with acls.without(secured.bootstrap, ResourceType.TOPIC, topic, AclOperation.READ):
        cluster.produce(MEANWHILE)
        assert worker.process.wait(30) == 1
        last = worker.log.read_text().splitlines()[-1]
        assert last.endswith(f"{topic}; not allowed by the brokers any more (docs/security.md)")
        again = start(cluster, secured)
        assert again.process.wait(30) == 1
        last = again.log.read_text().splitlines()[-1]
        assert last.endswith(f"not allowed by the brokers: READ on topic {topic} (docs/security.md)")
    finish(cluster, start(cluster, secured))
