"""Event streams: what happens arrives, once and in order, also over broken connections, and slow readers."""

import asyncio
import re
import socket
from copy import deepcopy
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.chronicle import KEPT
from tests.support.events import deleted, posted, stocked
from tests.support.simulation import Simulation
from tests.support.sinks import changes
from tests.web.site import Site, exchange, on_loop, served, sites

STREAM = "/v1/creators/c1/events"


@served
async def test_from_now_on(site: Site) -> None:
    site.tell(posted("v1", "p1"))
    async with site.events(STREAM) as events:
        ready = await events.next()
        assert (ready.kind, ready.number, ready.data) == ("ready", 1, {})
        site.tell(posted("w1", "p1", creator="c2"), stocked("p1", 0))
        change = await events.next()
        assert (change.kind, change.data["video_id"], change.data["version"]) == ("change", "v1", 2)
        assert change.data["after"]["labels"] == ["1 product link needs attention"]


@served
async def test_from_the_first_change_on(site: Site) -> None:
    async with site.events(STREAM) as events:
        assert (await events.next()).number == 0
        site.tell(posted("v1", "p1"))
        assert (await events.next()).number == 1


@served
async def test_an_event_tells_what_the_change_record_tells(site: Site) -> None:
    site.tell(posted("v1", "p1", "p2"), stocked("p1", 0), stocked("p1", 3, at=30), deleted("v1"))
    async with site.events(STREAM, Last_Event_ID="0") as events:
        for published in changes(site.simulation):
            told = (await events.next()).data
            for name in published.keys() - {"links", "cause", "issues_added", "issues_removed"}:
                assert told[name] == published[name], name
            assert published["cause"].items() <= told["cause"].items()
            for name in ("issues_added", "issues_removed"):
                named = [{key: issue[key] for key in ("product_id", "code")} for issue in told[name]]
                assert named == published[name]


@served
async def test_in_chinese_and_in_a_time_zone(site: Site) -> None:
    site.tell(posted("v1", "p1"))
    async with site.events(f"{STREAM}?tz=Asia/Shanghai&last_event_id=0", Accept_Language="zh") as events:
        change = (await events.next()).data
    assert change["after"]["labels"] == ["1 个商品链接审核中"]
    assert change["occurred_at"] == "1970-01-01T08:00:00.010+08:00"


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**32))
def test_over_any_breaks_and_restarts_each_change_comes_once_in_order(seed: int) -> None:
    chance = Random(seed)

    @served
    async def check(site: Site) -> None:
        site.tell(posted("v1", "p1", "p2"), posted("v2", "p2"))
        seen: list[tuple[str, int]] = []
        last, level = 0, 0
        for _ in range(6):
            async with site.events(STREAM, Last_Event_ID=str(last)) as events:
                for _ in range(chance.randint(0, 3)):
                    level += 1
                    product = chance.choice(["p1", "p2"])
                    site.tell(stocked(product, level % 2, at=100 + level, event_id=f"e{level:03}"))
                due = site.simulation.out("video-status-changes")
                for _ in range(chance.randint(0, len(due) - len(seen))):
                    event = await events.next()
                    assert event.kind == "change" and event.number > last
                    last = event.number
                    seen.append((event.data["video_id"], event.data["version"]))
            site.simulation.restart(from_changelog=chance.random() < 0.5)
        async with site.events(STREAM, Last_Event_ID=str(last)) as events:
            while len(seen) < len(site.simulation.out("video-status-changes")):
                event = await events.next()
                seen.append((event.data["video_id"], event.data["version"]))
        assert len(seen) == len(set(seen))
        for video in ("v1", "v2"):
            told = [version for video_id, version in seen if video_id == video]
            assert told == [change["version"] for change in changes(site.simulation, video)]

    check()


@served
async def test_what_is_not_kept_any_more_needs_the_list(site: Site) -> None:
    site.tell(posted("v1", "p1"))
    for number in range(KEPT + 4):
        site.simulation.tell(stocked("p1", number % 2, at=100 + number))
    last = KEPT + 5
    for seen, kind in (("0", "reset"), ("4", "reset"), ("5", "change"), (str(last + 1), "reset")):
        async with site.events(STREAM, Last_Event_ID=seen) as events:
            event = await events.next()
            assert event.kind == kind, seen
            assert event.number == (6 if kind == "change" else last)


@served
async def test_a_reader_whom_too_much_has_overtaken_needs_the_list(site: Site) -> None:
    site.tell(posted("v1", "p1"))
    async with site.events(STREAM) as events:
        assert (await events.next()).kind == "ready"
        # A single batch, or what came while the reader took nothing.
        for number in range(KEPT + 4):
            site.simulation.tell(stocked("p1", number % 2, at=100 + number))
        site.bells.ring_all()
        reset = await events.next()
        assert (reset.kind, reset.number) == ("reset", KEPT + 5)
        site.tell(stocked("p1", 0, at=1000))
        assert (await events.next()).number == KEPT + 6


@pytest.mark.parametrize("wrong", ["x", "-1", "1.5", "9" * 19, "\uff11"])
def test_an_id_that_no_event_had(wrong: str) -> None:
    @served
    async def check(site: Site) -> None:
        if wrong.isascii():
            assert (await site.get(STREAM, Last_Event_ID=wrong)).status == 400
        answer = await site.get(f"{STREAM}?last_event_id={wrong if wrong.isascii() else '%EF%BC%91'}")
        assert answer.status == 400

    check()


def test_a_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.web.events.HEARTBEAT_S", 0.02)

    @served
    async def check(site: Site) -> None:
        async with site.events(STREAM) as events:
            received = b""
            while received.count(b": alive\n\n") < 3:
                received += await events.answer.content.readany()

    check()


@served
async def test_a_rebalance_that_leaves_the_creator_here_goes_unnoticed(site: Site) -> None:
    site.tell(posted("v1", "p1"))
    async with site.events(STREAM) as events:
        await events.next()
        site.resting = True
        site.bells.ring_all()
        await asyncio.sleep(0.05)
        site.simulation.restart(from_changelog=True)
        site.resting = False
        site.tell(stocked("p1", 0))
        assert (await events.next()).data["version"] == 2


@served
async def test_who_was_told_what_crashes_took_back_misses_nothing_since(site: Site) -> None:
    site.tell(posted("v1", "p1"))
    stored = [deepcopy(task.memory.tables) for task in site.simulation.tasks]
    for _ in range(2):  # the second before anything of the first's successor was stored
        async with site.events(STREAM) as events:
            await events.next()
            site.tell(stocked("p1", 0))
            told = await events.next()
        for task, tables in zip(site.simulation.tasks, deepcopy(stored), strict=True):
            task.memory.tables = tables
        site.simulation.restart()
        site.simulation.now += 1
    site.tell(posted("v2", "p2"))
    async with site.events(STREAM, Last_Event_ID=str(told.number)) as events:
        assert (await events.next()).data["video_id"] == "v2"


@served
async def test_a_creator_who_goes_elsewhere_ends_the_stream(site: Site) -> None:
    async with site.events(STREAM) as events:
        await events.next()
        site.elsewhere = "http://127.0.0.1:1"
        site.bells.ring_all()
        with pytest.raises(EOFError):
            await events.next()
    assert len(site.streams) == 0


def test_a_reader_who_takes_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.web.sending.TAKES_NOTHING_S", 0.2)

    @served
    async def check(site: Site) -> None:
        site.tell(posted("v1", *(f"p{number}" for number in range(50))))
        with socket.socket() as reader:
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            reader.setblocking(False)
            port = int(site.url.rsplit(":", 1)[1])
            await asyncio.get_running_loop().sock_connect(reader, ("127.0.0.1", port))
            reader.send(f"GET {STREAM} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            while not len(site.streams):
                await asyncio.sleep(0.01)
            level = 0
            async with asyncio.timeout(30):
                while len(site.streams):
                    level += 1
                    site.simulation.send(
                        *(stocked(f"p{number}", level % 2, at=100 + level) for number in range(50))
                    )
                    site.tell(stocked("p0", level % 2, at=1000 + level))
                    await asyncio.sleep(0.01)
        assert site.bells.waiting == 0

    check()


def test_so_many_streams_and_no_more() -> None:
    async def check() -> None:
        site = Site(Simulation(), streams=3, of_one=2)
        async with sites(site), site.events(STREAM), site.events(STREAM):
            refused = await site.get(STREAM)
            assert (refused.status, refused.headers["Retry-After"]) == (429, "10")
            async with site.events("/v1/creators/c2/events") as third:
                assert third.answer.status == 200
                assert (await site.get("/v1/creators/c3/events")).status == 503
        assert len(site.streams) == 0

    on_loop(check())


@served
async def test_a_client_that_goes_gives_its_place_back(site: Site) -> None:
    for _ in range(3):
        async with site.events(STREAM) as events:
            await events.next()
            assert len(site.streams) == 1
        async with asyncio.timeout(5):
            while len(site.streams):
                await asyncio.sleep(0.01)


@served
async def test_how_it_looks_on_the_wire(site: Site) -> None:
    site.tell(posted("v1", "p1"))
    async with site.events(STREAM, Last_Event_ID="0") as events:
        assert events.answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert events.answer.headers["Cache-Control"] == "no-store"
        received = b""
        while received.count(b"\n\n") < 2:
            received += await events.answer.content.readany()
    assert re.fullmatch(rb"retry: 1000\n\nevent: change\nid: 1\ndata: {[^\n]*}\n\n", received)


def test_a_fault_of_ours_ends_a_stream_and_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    @served
    async def check(site: Site) -> None:
        site.tell(posted("v1", "p1"))
        monkeypatch.setattr("streams.web.events.shown_change", lambda *_: 1 / 0)
        sent = f"GET {STREAM} HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 0\r\n\r\n"
        try:
            answer = await exchange(site, sent.encode())
        except ConnectionResetError:
            answer = b""
        assert answer.count(b"HTTP/1.1") <= 1

    check()
    assert "ZeroDivisionError" in caplog.text
