"""What a worker makes of a schema registry's answers; tests/registry has a real one."""

import asyncio
import json
import logging
import sys
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from demo.brokers.embedded import Embedded
from streams import schema_registry
from streams.doctor.finding import Level
from streams.doctor.registry import registry as examined
from streams.schema_registry import RegistryRefused, frames
from streams.settings import Settings, WrongSetting
from streams.topics import Topics
from streams.wire_format import frame
from tests.kafka.cluster import Cluster

TOPICS = Topics.load("shop-")
NOT_FOUND = (404, {"error_code": 40401, "message": "Subject not found."})
BUSY = (503, {"error_code": 50003, "message": "Error while forwarding the request"})


class Registry(HTTPServer):
    """Gives the answers that it was told, one a request, and keeps what was asked."""

    def __init__(self, *answers: tuple[int, object]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []
        self.authorization: str | None = None
        self.url = f"http://127.0.0.1:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))

    def __enter__(self) -> "Registry":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Registry

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path.partition("?")[0], body["schema"]))
        self.server.authorization = self.headers["Authorization"]
        status, answer = self.server.answers.pop(0)
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_registry, "FIRST_PAUSE_S", 0.0)


def ask(*answers: tuple[int, object]) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    with Registry(*answers) as registry:
        return asyncio.run(frames(registry.url, TOPICS)), registry.asked


def test_what_is_known_is_not_registered() -> None:
    found, asked = ask((200, {"id": 7}), (200, {"id": 2**31}))
    assert found == {"shop-video-status-changes": frame(7), "shop-video-status": frame(2**31)}
    assert [path for path, _ in asked] == [
        "/subjects/shop-video-status-changes-value",
        "/subjects/shop-video-status-value",
    ]
    for _, schema in asked:
        assert json.loads(schema)["additionalProperties"] is False


def test_what_is_not_known_is_registered() -> None:
    found, asked = ask(NOT_FOUND, (200, {"id": 3}), NOT_FOUND, (200, {"id": 4}))
    assert list(found.values()) == [frame(3), frame(4)]
    assert [path.rpartition("/")[2] for path, _ in asked][1::2] == ["versions", "versions"]


@pytest.mark.parametrize(
    "away", [BUSY, (500, {}), (429, {"error_code": 42900, "message": "Too many requests"}), (502, "no JSON")]
)
def test_a_registry_that_cannot_answer_now_is_waited_for(
    away: tuple[int, object], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        found, _ = ask(away, away, (200, {"id": 1}), (200, {"id": 2}))
    assert list(found.values()) == [frame(1), frame(2)]
    assert [record.getMessage() for record in caplog.records if "does not answer" in record.getMessage()]


def test_a_page_of_a_proxy_is_not_logged_whole(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        ask((502, "<p>bad gateway</p>" * 1_000), (200, {"id": 1}), (200, {"id": 2}))
    (told,) = (each for each in map(logging.LogRecord.getMessage, caplog.records) if "answer" in each)
    assert "HTTP status 502" in told and "bad gateway" in told
    assert len(told) < 300
    with pytest.raises(RegistryRefused, match="<p>forbidden</p>") as refused:
        ask((403, "<p>forbidden</p>" * 1_000))
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("answers", "level"),
    [
        ([(200, {"id": 1}), NOT_FOUND], Level.OK),
        ([BUSY], Level.FAIL),
        ([(401, {"error_code": 401, "message": "Unauthorized"})], Level.FAIL),
        # As Apicurio does beside its path, /apis/ccompat/v7.
        ([(404, "no such page")] * 2, Level.FAIL),
        ([(404, {"title": "Not Found"})] * 2, Level.FAIL),
        ([(200, "a page")], Level.FAIL),
    ],
)
def test_a_doctor_asks_it_and_registers_nothing(answers: list[tuple[int, object]], level: Level) -> None:
    with Registry(*answers) as registry:
        found = asyncio.run(examined(Settings(schema_registry_url=registry.url), TOPICS))
    assert [each.level for each in found] == [level]
    assert not [path for path, _ in registry.asked if path.endswith("/versions")]


def test_a_doctor_says_nothing_of_a_registry_that_is_not_wanted() -> None:
    assert asyncio.run(examined(Settings(), TOPICS)) == []


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([(401, {"error_code": 401, "message": "Unauthorized"})], "Unauthorized"),
        ([NOT_FOUND, (403, {"error_code": 40301, "message": "not yours"})], "not yours"),
        ([NOT_FOUND, (409, {"error_code": 409, "message": "incompatible"})], "incompatible"),
        ([NOT_FOUND, NOT_FOUND], "Subject not found"),
        ([(404, {"title": "Not Found"})] * 2, "HTTP status 404"),
        ([(200, "a page")], "no schema registry"),
        ([(200, ["a", "list"])], "no schema registry"),
    ],
)
def test_what_it_refuses_is_named(answers: list[tuple[int, object]], reason: str) -> None:
    with pytest.raises(RegistryRefused, match="subject shop-video-status-changes-value") as refused:
        ask(*answers)
    assert reason in str(refused.value)


def test_waiting_ends_when_it_is_told_to() -> None:
    async def give_up() -> None:
        async with asyncio.timeout(0.2):
            await frames("http://127.0.0.1:9", TOPICS)

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())


def test_a_client_that_is_missing_is_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka.schema_registry", None)
    with pytest.raises(WrongSetting, match="LINK_STATUS_SCHEMA_REGISTRY_URL: the client"):
        asyncio.run(frames("http://127.0.0.1:9", TOPICS))


def test_a_password_is_in_no_message(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        Registry((401, {"message": "Unauthorized"})) as registry,
        pytest.raises(RegistryRefused) as refused,
    ):
        asyncio.run(frames(registry.url.replace("//", "//us%40er:s3cret@"), TOPICS))
    assert registry.authorization == "Basic " + b64encode(b"us@er:s3cret").decode()
    assert "s3cret" not in str(refused.value) + caplog.text


def test_a_refusal_ends_the_worker_before_it_reads(embedded: Embedded, prefix: str, tmp_path: Path) -> None:
    with Registry((401, {"message": "Unauthorized"})) as registry:
        url = {"LINK_STATUS_SCHEMA_REGISTRY_URL": registry.url}
        with Cluster(embedded.bootstrap, prefix, tmp_path, **url) as cluster:
            worker = cluster.worker()
            assert worker.process.wait(60) == 1
    last = worker.log.read_text().splitlines()[-1]
    assert last.startswith(
        f"link-status: the schema registry refused subject {prefix}video-status-changes-value"
    )
