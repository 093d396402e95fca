"""A worker that does not have the state asks the one that does, once."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from streams.topology import LINKS
from streams.web.events import HEARTBEAT_S
from streams.web.peers import _SILENT_S
from tests.support.events import posted, stocked
from tests.support.simulation import Simulation
from tests.web.site import Site, exchange, on_loop, sites

LIST = "/v1/creators/c1/videos"


def two(test: Callable[[Site, Site], Awaitable[None]]) -> Callable[[], None]:
    """A test of a worker without state and the owner of all of it."""

    def run() -> None:
        async def serve() -> None:
            owner, other = Site(Simulation()), Site(Simulation())
            async with sites(owner, other):
                other.elsewhere = owner.url
                await test(other, owner)

        on_loop(serve())

    return run


@two
async def test_the_answer_is_the_owners(other: Site, owner: Site) -> None:
    owner.tell(posted("v/1 ?", "p1", title="✓"))
    for path in (LIST, f"{LIST}/v%2F1%20%3F", f"{LIST}/nothing", f"{LIST}?limit=0", "/v1/products/p1/links"):
        there, here = await owner.get(path), await other.get(path)
        assert (here.status, here.body) == (there.status, there.body)
        assert here.headers["Content-Type"] == there.headers["Content-Type"]
    assert (await other.get(LIST)).json["videos"][0]["title"] == "✓"


@two
async def test_so_are_language_versions_and_bodies(other: Site, owner: Site) -> None:
    owner.tell(posted("v1", "p1"), stocked("p1", 0))
    assert (await other.get(LIST, Accept_Language="zh")).headers["Content-Language"] == "zh"
    assert (await other.get(f"{LIST}/v1")).headers["ETag"] == '"2"'
    assert (await other.get(f"{LIST}/v1", If_None_Match='"2"')).status == 304
    fact = {"type": "inventory_level", "product_id": "p1", "available": 1}
    answer = await other.post("/v1/creators/c1/what-if", {"facts": [fact]})
    assert [video["video_id"] for video in answer.json["videos"]] == ["v1"]


@two
async def test_so_is_what_comes_without_a_body(other: Site, owner: Site) -> None:
    owner.tell(posted("v1", "p1"))
    whole = await owner.get(f"{LIST}/v1")
    for site in (owner, other):
        head = await site.request("HEAD", f"{LIST}/v1")
        assert (head.status, head.body, head.headers["ETag"]) == (200, b"", '"1"')
        assert head.headers["Content-Length"] == str(len(whole.body))
        assert (await site.request("HEAD", "/v1/creators/c1/events")).status == 405


@two
async def test_streams_pass_through_and_resume(other: Site, owner: Site) -> None:
    owner.tell(posted("v1", "p1"))
    async with other.events("/v1/creators/c1/events") as events:
        assert (await events.next()).kind == "ready"
        owner.tell(stocked("p1", 0))
        assert (await events.next()).number == 2
    async with other.events("/v1/creators/c1/events", Last_Event_ID="1") as events:
        assert (await events.next()).number == 2


@two
async def test_two_that_disagree_do_not_pass_it_to_and_fro(other: Site, owner: Site) -> None:
    owner.elsewhere = other.url
    answer = await other.get(LIST)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json["type"].endswith("rebalancing")


@two
async def test_an_owner_that_is_gone(other: Site, owner: Site) -> None:
    await owner.close()
    for path in (LIST, "/v1/creators/c1/events", "/v1/products/p1/links"):
        answer = await other.get(path)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


@two
async def test_an_owner_that_hangs_up(other: Site, owner: Site) -> None:
    async def hang_up(asked: asyncio.StreamReader, there: asyncio.StreamWriter) -> None:
        await asked.readuntil(b"\r\n\r\n")
        there.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as hanging_up:
        other.elsewhere = f"http://127.0.0.1:{hanging_up.sockets[0].getsockname()[1]}"
        assert (await other.get(LIST)).status == 503
        other.steps_elsewhere = (LINKS,)
        other.tell(posted("v1", "p1"))
        assert (await other.get("/v1/products/p1/links")).status == 503


def test_an_owner_that_hangs_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.web.peers._ANSWER_S", 0.05)

    @two
    async def check(other: Site, owner: Site) -> None:
        with socket.create_server(("127.0.0.1", 0)) as hanging:
            other.elsewhere = f"http://127.0.0.1:{hanging.getsockname()[1]}"
            for path in (LIST, "/v1/creators/c1/events", "/v1/products/p1/links"):
                async with asyncio.timeout(20):
                    answer = await other.get(path)
                assert (answer.status, answer.headers["Retry-After"]) == (503, "1")

    check()


def test_nor_is_a_stream_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.web.peers._SILENT_S", 0.05)

    @two
    async def check(other: Site, owner: Site) -> None:
        async with other.events("/v1/creators/c1/events") as stream:
            assert (await stream.next()).kind == "ready"
            with pytest.raises(EOFError):
                await stream.next()

    check()


def test_nothing_is_silent_for_so_long() -> None:
    assert _SILENT_S > HEARTBEAT_S


@two
async def test_an_owner_in_a_rebalance(other: Site, owner: Site) -> None:
    owner.resting = True
    answer = await other.get(LIST)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


@two
async def test_of_a_products_links_all_are_told_or_none(other: Site, owner: Site) -> None:
    owner.tell(posted("v1", "p1"))
    other.simulation, other.steps_elsewhere = owner.simulation, (LINKS,)
    owner.resting = True
    assert (await other.get("/v1/products/p1/links")).status == 503
    await owner.close()
    assert (await other.get("/v1/products/p1/links")).status == 503


@two
async def test_nobody_else_can_pass_on_what_is_only_asked_of_the_owner(other: Site, owner: Site) -> None:
    owner.tell(posted("v1", "p1"))
    assert (await owner.get("/v1/products/p1/links/here?creator=c1")).json["in_review"] == 1
    assert (await other.get("/v1/products/p1/links/here?creator=c1")).status == 503


@two
async def test_a_body_that_no_route_reads_is_not_waited_for(other: Site, owner: Site) -> None:
    owner.tell(posted("v1", "p1"))
    for site in (owner, other):
        sent = f"GET {LIST} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n"
        assert (await exchange(site, sent.encode(), b"\r\n")).startswith(b"HTTP/1.1 200 ")


@two
async def test_a_request_by_its_whole_url(other: Site, owner: Site) -> None:
    owner.tell(posted("v/1", "p1"))
    for site in (owner, other):
        sent = f"GET http://localhost{LIST}/v%2F1?tz=UTC HTTP/1.1\r\nHost: localhost\r\n\r\n"
        assert await exchange(site, sent.encode(), b'"video_id":"v/1"')


@two
async def test_proxies_are_told_not_to_hold_a_stream_back(other: Site, owner: Site) -> None:
    for site in (owner, other):
        async with site.events("/v1/creators/c1/events") as events:
            assert events.answer.headers["X-Accel-Buffering"] == "no"


@two
async def test_a_product_of_more_creators_than_a_url_may_name(other: Site, owner: Site) -> None:
    creators = [f"{number:03d}{'é' * 125}" for number in range(60)]
    owner.tell(*(posted("v1", "p1", creator=creator) for creator in creators))
    other.simulation, other.steps_elsewhere = owner.simulation, (LINKS,)
    links = (await other.get("/v1/products/p1/links?limit=500")).json
    assert [link["creator_id"] for link in links["links"]] == creators
    assert links["in_review"] == len(creators)
