"""A broker that lets in only whom it knows: what works, and how it is told what does not."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from confluent_kafka.admin import AclOperation, ResourceType  # type: ignore[attr-defined]

from demo import facts, kafka_io
from demo.brokers import reached
from demo.failed import Failed
from streams import admin, authorization
from streams.authorization import NotAuthorized
from streams.refusals import NotLetIn, explain
from streams.security import connection
from streams.settings import Settings
from streams.topics import Topics
from tests.conftest import need_kafka
from tests.kafka import acls
from tests.kafka.certificates import Authority
from tests.kafka.cluster import CLI, Cluster, wait_for
from tests.kafka.load import check_chains, comparable, expected, load
from tests.kafka.secured import (
    OPERATOR,
    PASSWORD,
    USER,
    SecuredKafka,
    by_certificate,
    by_scram,
    environment,
)
from tests.notifier.deployment import Deployment
from tests.notifier.receiver import Receiver
from tests.notifier.support import REJECTED, link

PREFIX = "secured-"
GROUP = f"{PREFIX}link-status"
KEY_PASSWORD = "k3y-passw0rd"
UNREADABLE = {
    "type": "seller_decision",
    "event_id": "d-81\n\x1b[2J",
    "decision": "perhaps",
    "seller_contact": {"email": "ada@acme.example"},
}
WRONG = "wr0ng-passw0rd"


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """The broker, with exactly the ACLs of docs/security.md, and topics that the operator made."""
    need_kafka()
    directory = tmp_path_factory.mktemp("secured")
    with SecuredKafka(directory) as broker:
        acls.grant_as_documented(directory, broker.bootstrap, PREFIX)
        applied = link_status(by_scram(broker, name=OPERATOR), "topics", "apply")
        assert applied.returncode == 0, applied.stderr
        yield broker


def link_status(environment: Mapping[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*CLI, *words],
        env={"LINK_STATUS_TOPIC_PREFIX": PREFIX, "PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def settings(environment: Mapping[str, str]) -> Settings:
    return Settings.model_validate(
        {name.removeprefix("LINK_STATUS_").lower(): value for name, value in environment.items()}
    )


def knock(environment: Mapping[str, str]) -> str:
    """What is said of an attempt to get in."""
    return asyncio.run(explain(connection(settings(environment))))


def test_workers_of_every_kind_do_their_work_with_the_documented_acls(
    secured: SecuredKafka, tmp_path: Path
) -> None:
    certificate = secured.authority.issue(USER, password=KEY_PASSWORD)
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    events = load(900)
    with Cluster(secured.bootstrap, PREFIX, tmp_path) as cluster:
        kinds = {
            "scram": by_scram(secured, SASL_PASSWORD_FILE=str(file)),
            "mutual": by_certificate(secured, certificate, SSL_KEY_PASSWORD=KEY_PASSWORD),
            "open": environment(
                BOOTSTRAP_SERVERS=secured.doors.open,
                SECURITY_PROTOCOL="SASL_PLAINTEXT",
                SASL_MECHANISM="SCRAM-SHA-256",
                SASL_USERNAME=USER,
                SASL_PASSWORD=PASSWORD,
            ),
        }
        workers = [
            cluster.worker(name, **kind, **environment(LOG_LEVEL="debug", LOG_FORMAT="json"))
            for name, kind in kinds.items()
        ]
        for worker in workers:
            worker.until_ready()
        cluster.produce(events, partitioner="consistent_random")
        cluster.produce([("seller-decisions", "c0", UNREADABLE)])
        cluster.settle()
        assert comparable(cluster.statuses()) == expected(events)
        check_chains(cluster.changes())
        for worker in workers:
            worker.stop()
            assert worker.metric("link_status_records_in_total") == 0
        said = "".join(worker.log.read_text() for worker in workers)
        assert not [secret for secret in (PASSWORD, KEY_PASSWORD, "ada@acme.example") if secret in said]
        (letter,) = [line for line in map(json.loads, said.splitlines()) if line["message"] == "dead letter"]
        assert (letter["event_id"], letter["code"]) == (UNREADABLE["event_id"], "invalid_event")


def test_the_operator_may_do_what_the_document_says(secured: SecuredKafka) -> None:
    operator = by_scram(secured, name=OPERATOR)
    for words in (["topics", "check"], ["dead-letters", "list"], ["audit"]):
        done = link_status(operator, *words)
        assert done.returncode == 0, (words, done.stderr)
    redriven = link_status(operator, "dead-letters", "redrive", "--all", "--yes")
    assert "1 redriven, 0 left" in redriven.stderr


@pytest.mark.parametrize("way", ["scram", "mutual"])
def test_the_demo_producer_gets_in_by_the_same_settings(
    secured: SecuredKafka, tmp_path: Path, way: str
) -> None:
    certificate = secured.authority.issue(OPERATOR, password=KEY_PASSWORD)
    known = {
        "scram": by_scram(secured, name=OPERATOR),
        "mutual": by_certificate(secured, certificate, SSL_KEY_PASSWORD=KEY_PASSWORD),
    }
    with Cluster(secured.bootstrap, PREFIX, tmp_path) as cluster:
        before = len(cluster.read("video-links"))
        demo = cluster.worker("demo", (sys.executable, "-m", "demo.produce"), **known[way])
        wait_for(lambda: len(cluster.read("video-links")) > before, "nothing was sent")
        demo.stop()


def test_what_the_demo_producer_is_not_let_do_it_says(
    secured: SecuredKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_io, "SENT_WITHIN_S", 2)
    for known, said in (
        (by_scram(secured), "refuses records: Broker: Topic authorization failed"),
        (by_scram(secured, name=OPERATOR, SASL_PASSWORD=WRONG), "took no records for 2 s: .*Authentication"),
    ):
        upstream = kafka_io.Upstream(reached.configuration(settings(known)), PREFIX)
        with pytest.raises(Failed, match=said) as failed:
            upstream.send([facts.approved_by_seller("p1")])
        assert WRONG not in str(failed.value)


def test_the_notifier_gets_in_by_the_same_settings(secured: SecuredKafka, tmp_path: Path) -> None:
    certificate = secured.authority.issue("notifier")
    for name in (OPERATOR, "notifier"):
        acls.allow(secured.bootstrap, name, "told-", AclOperation.READ)
    scram, mutual = (
        {key.removeprefix("LINK_STATUS_"): value for key, value in known.items()}
        for known in (by_scram(secured, name=OPERATOR), by_certificate(secured, certificate))
    )
    broken = [link("p1", REJECTED)]
    with Receiver() as receiver, Deployment(secured.bootstrap, "told-", tmp_path, receiver) as told:
        for number, told.settings in enumerate((scram, mutual), start=1):
            told.start()
            wait_for(lambda: "listening" in told.log(), "it does not get in")
            told.publish({f"v{number}": broken})
            told.until_told(number)
            told.stop()


def test_a_password_in_plain_goes_by_tls(secured: SecuredKafka) -> None:
    assert knock(by_scram(secured, SASL_MECHANISM="PLAIN")) == ""


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"])
@pytest.mark.parametrize("wrong", [{"SASL_PASSWORD": WRONG}, {"SASL_USERNAME": "nobody"}])
def test_a_wrong_password_is_refused(secured: SecuredKafka, mechanism: str, wrong: dict[str, str]) -> None:
    with pytest.raises(NotLetIn) as refused:
        knock(by_scram(secured, SASL_MECHANISM=mechanism, **wrong))
    name = wrong.get("SASL_USERNAME", USER)
    assert str(refused.value).startswith(
        f"LINK_STATUS_SASL_PASSWORD: {secured.doors.sasl} does not let in LINK_STATUS_SASL_USERNAME={name}: "
    )
    assert PASSWORD not in str(refused.value) and WRONG not in str(refused.value)


@pytest.mark.parametrize("words", [["worker"], ["topics", "check"], ["dead-letters", "list"]])
def test_whoever_is_refused_ends_with_1_and_tells_no_secret(secured: SecuredKafka, words: list[str]) -> None:
    done = link_status(by_scram(secured, SASL_PASSWORD=WRONG, LOG_LEVEL="debug"), *words)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"link-status: LINK_STATUS_SASL_PASSWORD: {secured.doors.sasl} does not let in")
    assert WRONG not in done.stdout + done.stderr


def test_a_broker_that_is_signed_by_a_stranger_is_refused(secured: SecuredKafka, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger")
    with pytest.raises(NotLetIn, match=r"LINK_STATUS_SSL_CAFILE: .* is signed by nobody in there"):
        knock(by_scram(secured, SSL_CAFILE=str(stranger.file)))
    with pytest.raises(NotLetIn, match="LINK_STATUS_SSL_CAFILE"):
        knock({k: v for k, v in by_scram(secured).items() if k != "LINK_STATUS_SSL_CAFILE"})


def test_a_broker_whose_certificate_is_out_of_date_is_refused(secured: SecuredKafka) -> None:
    with pytest.raises(NotLetIn, match=r"LINK_STATUS_SSL_CAFILE: .* is out of date: certificate has expired"):
        knock(by_scram(secured, BOOTSTRAP_SERVERS=secured.doors.expired))


def test_a_broker_under_another_name_is_refused(secured: SecuredKafka) -> None:
    elsewhere = secured.doors.sasl.replace("127.0.0.1", "localhost")
    with pytest.raises(NotLetIn, match=r"BOOTSTRAP_SERVERS: .* is another one's: Hostname mismatch"):
        knock(by_scram(secured, BOOTSTRAP_SERVERS=elsewhere))


def test_a_certificate_that_the_broker_does_not_trust_is_named(secured: SecuredKafka, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger")
    expired = secured.authority.issue("late", ends_in=-timedelta(hours=1))
    none = {k: v for k, v in by_certificate(secured, expired).items() if not k.endswith("CERTFILE")}
    for wrong in (none, *(by_certificate(secured, each) for each in (stranger.issue(USER), expired))):
        with pytest.raises(
            NotLetIn, match=r"LINK_STATUS_SSL_CERTFILE: .* wants a certificate that it trusts"
        ):
            knock(wrong)


def test_a_port_without_sasl_is_told(secured: SecuredKafka) -> None:
    wrong = environment(
        BOOTSTRAP_SERVERS=secured.doors.plaintext,
        SECURITY_PROTOCOL="SASL_PLAINTEXT",
        SASL_MECHANISM="PLAIN",
        SASL_USERNAME=USER,
        SASL_PASSWORD=PASSWORD,
    )
    with pytest.raises(NotLetIn, match=r"LINK_STATUS_SECURITY_PROTOCOL=SASL_PLAINTEXT: .* has no SASL"):
        knock(wrong)


@pytest.mark.parametrize(
    ("protocol", "door"),
    [("PLAINTEXT", "sasl"), ("PLAINTEXT", "open"), ("SSL", "plaintext"), ("SSL", "open")],
)
def test_a_broker_that_hangs_up_is_waited_for_with_a_hint(
    secured: SecuredKafka, protocol: str, door: str
) -> None:
    address = getattr(secured.doors, door)
    said = knock(environment(BOOTSTRAP_SERVERS=address, SECURITY_PROTOCOL=protocol))
    setting = f"LINK_STATUS_SECURITY_PROTOCOL={protocol}"
    assert said == f"{address} hangs up; if that lasts, it wants another than {setting}"


MISSING = [
    (ResourceType.TOPIC, f"{PREFIX}video-status", AclOperation.WRITE, "WRITE on topic"),
    (ResourceType.TOPIC, f"{PREFIX}links-videos-changelog", AclOperation.READ, "READ on topic"),
    (ResourceType.TOPIC, f"{PREFIX}inventory", AclOperation.READ, "READ on topic"),
    (ResourceType.GROUP, GROUP, AclOperation.READ, "READ on group"),
]


@pytest.mark.parametrize(("kind", "name", "operation", "told"), MISSING)
def test_a_missing_acl_is_named_before_anything_is_read(
    secured: SecuredKafka, kind: ResourceType, name: str, operation: AclOperation, told: str
) -> None:
    with acls.without(secured.bootstrap, kind, name, operation), pytest.raises(NotAuthorized) as missing:
        check_authorization(secured)
    assert str(missing.value) == f"not allowed by the brokers: {told} {name} (docs/security.md)"


@pytest.mark.parametrize(
    "words", [["topics", "plan"], ["topics", "apply"], ["topics", "check"], ["status", "v1"]]
)
def test_a_topic_that_may_not_be_seen_is_not_called_missing(secured: SecuredKafka, words: list[str]) -> None:
    topic = f"{PREFIX}video-status"
    with acls.without(secured.bootstrap, ResourceType.TOPIC, topic, AclOperation.WRITE):
        done = link_status(by_scram(secured), *words)
    said = f"link-status: not allowed by the brokers: DESCRIBE on topic {topic} (docs/security.md)"
    assert (done.returncode, done.stderr.splitlines()) == (1, [said])


def test_what_a_command_may_not_do_it_says(secured: SecuredKafka) -> None:
    done = link_status(by_scram(secured), "watch")
    said = f"TopicAuthorizationFailedError: {PREFIX}video-status-changes (docs/security.md)"
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"link-status: not allowed by the brokers: [Error 29] {said}"


def test_with_the_documented_acls_none_is_missing(secured: SecuredKafka) -> None:
    check_authorization(secured)


def check_authorization(secured: SecuredKafka) -> None:
    async def check(client: AIOKafkaAdminClient) -> None:
        await authorization.check(client, Topics.load(PREFIX), GROUP, f"{GROUP}-links-0")

    asyncio.run(admin.when_there(connection(settings(by_scram(secured))), check))


def test_a_worker_without_its_transactional_ids_ends_with_1(secured: SecuredKafka) -> None:
    taken = ResourceType.TRANSACTIONAL_ID, f"{GROUP}-", AclOperation.WRITE
    with acls.without(secured.bootstrap, *taken):
        done = link_status(by_scram(secured), "worker")
    assert done.returncode == 1
    missing = f"WRITE on transactional id {GROUP}-links-0"
    said = f"link-status: not allowed by the brokers: {missing} (docs/security.md)"
    assert done.stderr.splitlines()[-1] == said


def test_what_cannot_be_asked_ends_the_worker_when_it_shows(secured: SecuredKafka, tmp_path: Path) -> None:
    taken = ResourceType.TRANSACTIONAL_ID, f"{GROUP}-", AclOperation.WRITE
    own = environment(DATA_DIR=str(tmp_path), WEB_PORT="0")
    with acls.without(secured.bootstrap, *taken, left=AclOperation.DESCRIBE):
        done = link_status(by_scram(secured) | own, "worker")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "ERROR crashed: " in last
    assert f"TransactionalIdAuthorizationFailed: {GROUP}-" in last
