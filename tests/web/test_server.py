"""What every answer carries, and what there is no more of than there may be."""

import asyncio
import gc
import json
import socket
from urllib.parse import quote

import pytest
from aiohttp import web

from streams.runtime.app import BatchBoot
from streams.serving import url
from streams.settings import Settings
from streams.web.server import Server
from tests.support.events import posted
from tests.support.simulation import Simulation
from tests.web.site import Site, exchange, on_loop, served, sites

PATHS = (
    "/",
    "/page.js",
    "/v1/creators/c1/videos",
    "/v1/creators/c1/videos/x",
    "/nothing",
    "/metrics",
    "/readyz",
)


@served
async def test_every_answer_keeps_browsers_to_what_we_mean(site: Site) -> None:
    for path in PATHS:
        headers = (await site.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in policy and "http" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Server"] == "link-status"
        assert "Access-Control-Allow-Origin" not in headers


@served
async def test_the_page_holds_nothing_inline_and_asks_no_other_host(site: Site) -> None:
    page = (await site.get("/")).body.decode()
    assert "<style" not in page and "style=" not in page and " on" not in page.replace(" only", "")
    for line in page.splitlines():
        assert "<script" not in line or 'src="/' in line
    for path in ("/", "/page.css", "/page.js", "/basics.js", "/details.js", "/sse.js"):
        answer = await site.get(path)
        assert b"https://" not in answer.body and b"http://" not in answer.body, path
        etag = answer.headers["ETag"]
        # A proxy that compresses makes it a weak one.
        for known in (etag, f"W/{etag}", f'"x", {etag}'):
            again = await site.get(path, If_None_Match=known)
            assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("POST", "/v1/creators/c1/videos", 405),
        ("GET", "/v1/creators/c%00/videos", 404),
    ],
)
def test_what_is_not_there_is_a_problem_too(method: str, path: str, status: int) -> None:
    @served
    async def check(site: Site) -> None:
        answer = await site.request(method, path)
        assert answer.status == answer.json["status"] == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert set(answer.json) == {"type", "title", "status", "detail"}
        assert ("Allow" in answer.headers) is (status == 405)

    check()


def test_a_fault_of_ours_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    @served
    async def check(site: Site) -> None:
        monkeypatch.setattr(site, "locate", lambda step, key: 1 / 0)
        answer = await site.get("/v1/creators/c1/videos")
        assert answer.status == 500
        assert b"division" not in answer.body

    check()
    assert "ZeroDivisionError" in caplog.text


@served
async def test_a_rebalance(site: Site) -> None:
    site.resting = True
    for path in ("/v1/creators/c1/videos", "/v1/creators/c1/events", "/v1/products/p1/links"):
        answer = await site.get(path)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert answer.json["type"] == "urn:link-status:problem:rebalancing"


@served
async def test_nothing_of_fausts_own_web_is_there(site: Site) -> None:
    assert not BatchBoot.enable_web
    for path in (
        "/router",
        "/router/",
        "/tables",
        "/table/videos/x",
        "/stats",
        "/stats/",
        "/schema",
        "/graph",
    ):
        assert (await site.get(path)).status == 404, path


def test_so_many_connections_and_no_more() -> None:
    async def check() -> None:
        site = Site(Simulation(), connections=2)
        async with sites(site), site.events("/v1/creators/c1/events"), site.events("/v1/creators/c1/events"):
            port = int(site.url.rsplit(":", 1)[1])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
            assert f"\r\nContent-Length: {len(body)}\r\n".encode() in head
            assert b"\r\nRetry-After: 1\r\n" in head and b"\r\nServer: link-status\r\n" in head
            assert b"\r\nContent-Type: application/problem+json\r\n" in head
            assert json.loads(body)["type"] == "urn:link-status:problem:too-many-connections"
            writer.close()

    on_loop(check())


def test_an_address_that_is_taken() -> None:
    async def check() -> None:
        first, second = Server(10), Server(10)
        port = await first.listen("127.0.0.1", 0)
        with pytest.raises(OSError, match="in use"):
            await second.listen("127.0.0.1", port)
        await first.close()

    on_loop(check())


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "http://127.0.0.1:7"),
        ({"web_host": "::1"}, "http://[::1]:7"),
        ({"web_url": "https://worker-1.example/"}, "https://worker-1.example"),
    ],
)
def test_where_other_workers_reach_this_one(settings: dict[str, str], expected: str) -> None:
    assert url(Settings.model_validate(settings), 7) == expected


def test_a_worker_that_listens_everywhere_goes_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "worker-1")
    assert url(Settings.model_validate({"web_host": "0.0.0.0"}), 7) == "http://worker-1:7"


@served
async def test_a_request_that_is_none_is_a_problem_that_tells_nothing_and_is_not_logged(site: Site) -> None:
    head = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
    for wrong in (b"Authorization: Bearer SECRET\x01", b"X: " + b"SECRET" * 2_000, b"Content-Encoding: br"):
        answer = await exchange(site, head + wrong + b"\r\nContent-Length: 1\r\n\r\nx")
        lines = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")
        assert lines[0].split()[1] == b"400"
        assert b"Content-Type: application/problem+json" in lines
        assert b"Server: link-status" in lines
        assert b"SECRET" not in answer


@pytest.mark.parametrize("path", PATHS)
def test_what_we_cannot_meet_is_a_problem(path: str) -> None:
    @served
    async def check(site: Site) -> None:
        answer = await site.get(path, Expect="<b>miracles</b>")
        assert answer.status == 417
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Server"] == "link-status"
        assert answer.json["type"] == "urn:link-status:problem:expectation-failed"
        assert b"miracles" not in answer.body

    check()


def test_nor_is_it_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")

    @served
    async def check(site: Site) -> None:
        await exchange(site, b"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer SECRET\x01\r\n\r\n")

    check()
    assert "cannot be read" in caplog.text and "SECRET" not in caplog.text


@pytest.mark.parametrize("host", ["localhost:99999", "localhost:abc", "evil.com:127.0.0.1", "\xff"])
def test_a_host_that_is_none_is_not_this_machine(host: str) -> None:
    @served
    async def check(site: Site) -> None:
        sent = f"GET {PATHS[2]} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("latin-1")
        assert (await exchange(site, sent)).startswith(b"HTTP/1.1 421 ")

    check()


@served
async def test_ids_are_any_text(site: Site) -> None:
    for video_id in ("a{b}", "{", "}{", "a/b", "%7B", "✓ ?"):
        site.tell(posted(video_id, "p{1}", creator="c{1}"))
        path = f"/v1/creators/c%7B1%7D/videos/{quote(video_id, safe='')}"
        assert (await site.get(path)).json["video_id"] == video_id
        assert (await site.get(f"{path}/links/p%7B1%7D/explain")).json["product_id"] == "p{1}"


@served
async def test_a_request_is_let_go_of_without_the_garbage_collector(site: Site) -> None:
    gc.collect()
    gc.disable()
    try:
        for request in (b"GET /nothing", b"POST /livez", b"GET /v1/creators/c1/videos/x"):
            await exchange(site, request + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        async with asyncio.timeout(10):
            while any(isinstance(each, web.Request) for each in gc.get_objects()):
                await asyncio.sleep(0.01)
    finally:
        gc.enable()


def test_who_does_not_take_an_answer_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.web.server._TAKEN_S", 0.2)

    @served
    async def check(site: Site) -> None:
        with socket.socket() as reader:
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            reader.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(reader, ("127.0.0.1", int(site.url.rsplit(":", 1)[1])))
            sent = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1_000
            with pytest.raises(ConnectionError):
                async with asyncio.timeout(30):
                    while True:
                        await loop.sock_sendall(reader, sent)

    check()
