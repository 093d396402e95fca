"""The list, and one video: order, pages, filters, languages, time zones, versions."""

import asyncio
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.runtime.records import Effects
from streams.topics import Name
from streams.web.models import VideoList
from tests.support.events import decided, deleted, free, invited, moderated, posted, stocked
from tests.support.simulation import Simulation
from tests.support.sinks import status
from tests.web.site import Answer, Site, on_loop, served, sites

LIST = "/v1/creators/c1/videos"


def ids(body: Any) -> list[str]:
    return [video["video_id"] for video in body["videos"]]


@served
async def test_newest_first_with_labels_and_nothing_of_others(site: Site) -> None:
    site.tell(
        posted("v1", "p1", "p2", at=10, title="First"),
        posted("v2", free("p1"), at=30),
        posted("v3", "p3", at=20),
        posted("other", "p1", at=25, creator="c2"),
        moderated("v2", "approved", at=40),
        decided("p2", "rejected"),
    )
    body = (await site.get(LIST)).json
    assert ids(body) == ["v2", "v3", "v1"]
    assert body["next"] is None
    assert [video["labels"] for video in body["videos"]] == [
        [],
        ["1 product link in review"],
        ["1 product link needs attention", "1 product link in review"],
    ]
    assert body["videos"][2]["title"] == "First"
    assert body["videos"][2]["posted_at"] == "1970-01-01T00:00:00.010Z"


@settings(deadline=None, max_examples=25)
@given(st.lists(st.text(), min_size=1, max_size=3), st.sampled_from(["en", "zh"]), st.integers(1, 3))
def test_a_list_is_what_its_model_says_byte_by_byte(titles: list[str], language: str, limit: int) -> None:
    @served
    async def check(site: Site) -> None:
        site.tell(*(posted(f"v{number}", "p1", title=title) for number, title in enumerate(titles)))
        answer = await site.get(f"{LIST}?limit={limit}", Accept_Language=language)
        assert VideoList.model_validate_json(answer.body).model_dump_json().encode() == answer.body

    check()


@served
async def test_of_equal_times_the_ids_decide(site: Site) -> None:
    site.tell(*(posted(f"v{number}", "p1", at=10) for number in (2, 1, 3)))
    assert ids((await site.get(LIST)).json) == ["v3", "v2", "v1"]


@served
async def test_deleted_videos_and_those_only_heard_of_are_not_in_it(site: Site) -> None:
    site.tell(posted("v1", "p1"), deleted("v1"), moderated("v2", "approved"))
    assert (await site.get(LIST)).json["videos"] == []
    assert (await site.get(f"{LIST}/v1")).status == 404
    assert (await site.get(f"{LIST}/v2")).status == 404


@pytest.mark.parametrize(
    ("wanted", "expected"), [("approved", ["v2"]), ("in_review", ["v1"]), ("needs_attention", ["v3"])]
)
def test_the_filter(wanted: str, expected: list[str]) -> None:
    @served
    async def check(site: Site) -> None:
        site.tell(posted("v1", "p1"), posted("v2", free("p1")), posted("v3", "p3"))
        site.tell(moderated("v2", "approved"), stocked("p3", 0))
        assert ids((await site.get(f"{LIST}?status={wanted}")).json) == expected

    check()


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.integers(1, 5), st.integers(0, 6))
def test_pages_hold_each_video_once_while_others_are_posted(times: list[int], limit: int, later: int) -> None:
    @served
    async def check(site: Site) -> None:
        site.tell(*(posted(f"v{number:02}", "p1", at=10 + at) for number, at in enumerate(times)))
        expected = [
            f"v{number:02}" for _, number in sorted(((at, n) for n, at in enumerate(times)), reverse=True)
        ]
        seen: list[str] = []
        path = f"{LIST}?limit={limit}"
        while True:
            body = (await site.get(path)).json
            seen += ids(body)
            site.tell(*(posted(f"new{len(seen)}-{number}", "p1", at=50) for number in range(later)))
            if body["next"] is None:
                break
            assert len(body["videos"]) == limit
            path = f"{LIST}?limit={limit}&cursor={body['next']}"
        assert seen == expected

    check()


@served
async def test_a_creator_of_many_videos(site: Site) -> None:
    site.simulation.send(*(posted(f"v{number:04}", "p1", at=number) for number in range(1201)))
    site.simulation.pump()
    body = (await site.get(f"{LIST}?limit=200")).json
    assert ids(body) == [f"v{number:04}" for number in range(1200, 1000, -1)]


@served
async def test_a_video_tells_what_the_stream_told(site: Site) -> None:
    contact = {"name": "Acme", "email": "a@acme.example"}
    site.tell(posted("v1", "p1", {"product_id": "p2", "seller_id": "s2"}, at=10))
    site.tell(decided("p2", "rejected", contact=contact), stocked("p2", 0), invited("p1", 1))
    site.tell(decided("p1", "rejected", contact={}))
    body = (await site.get(f"{LIST}/v1")).json
    published = status(site.simulation)
    assert published is not None
    for name in (
        "version",
        "status",
        "in_review",
        "need_attention",
        "labels",
        "title",
        "video_id",
        "creator_id",
    ):
        assert body[name] == published[name]
    for link, told in zip(body["links"], published["links"], strict=True):
        assert link["status"] == told["status"]
        for issue, said in zip(link["issues"], told["issues"], strict=True):
            for name in ("code", "recovery", "message"):
                assert issue[name] == said[name]
            given = {name: text for name, text in (issue["seller_contact"] or {}).items() if text is not None}
            assert given == said.get("seller_contact", {})
    assert body["links"][1]["seller_id"] == "s2"
    assert [issue["seller_contact"] is None for issue in body["links"][0]["issues"]] == [True, True]
    assert body["links"][1]["issues"][0]["seller_contact"]["email"] == "a@acme.example"


@served
async def test_in_chinese(site: Site) -> None:
    site.tell(posted("v1", "p1", "p2"), stocked("p1", 0))
    answer = await site.get(f"{LIST}/v1", Accept_Language="fr, zh-CN;q=0.8, en;q=0.5")
    assert answer.headers["Content-Language"] == "zh"
    assert "Accept-Language" in answer.headers["Vary"]
    assert answer.json["labels"] == ["1 个商品链接需要处理", "1 个商品链接审核中"]
    assert answer.json["links"][0]["issues"][0]["title"] == "商品缺货"


@served
async def test_times_in_a_time_zone(site: Site) -> None:
    site.tell(posted("v1", "p1", at=1_720_000_000_123))
    body = (await site.get(f"{LIST}?tz=Asia/Kolkata")).json
    assert body["videos"][0]["posted_at"] == "2024-07-03T15:16:40.123+05:30"
    for wrong in ("Mars/Olympus", "../../etc/passwd", "America", "", "/etc/localtime", "a\0b"):
        answer = await site.get(f"{LIST}?tz={wrong.replace(chr(0), '%00')}")
        assert answer.status == 400, wrong
        assert answer.json["errors"][0]["name"] == "tz"


@served
async def test_the_version_is_the_etag(site: Site) -> None:
    site.tell(posted("v1", "p1"))
    first = await site.get(f"{LIST}/v1")
    assert (first.headers["ETag"], first.headers["Cache-Control"]) == ('"1"', "no-cache, private")
    unchanged = await site.get(f"{LIST}/v1", If_None_Match='"7", "1"')
    assert (unchanged.status, unchanged.body, unchanged.headers["ETag"]) == (304, b"", '"1"')
    for known in ('W/"1"', "*"):
        assert (await site.get(f"{LIST}/v1", If_None_Match=known)).status == 304
    site.tell(stocked("p1", 0))
    for known in ('"1"', 'W/"1"', "1", "2"):
        assert (await site.get(f"{LIST}/v1", If_None_Match=known)).headers["ETag"] == '"2"'
        assert (await site.get(f"{LIST}/v1", If_None_Match=known)).status == 200


async def waits_for(site: Site, path: str) -> asyncio.Task[Answer]:
    """What is asked for, as soon as it waits for news."""
    asking = asyncio.create_task(site.get(path))
    while not site.bells.waiting:
        await asyncio.sleep(0)
    return asking


@served
async def test_a_version_that_is_there_is_not_waited_for(site: Site) -> None:
    site.tell(posted("v1", "p1"))
    async with asyncio.timeout(1):
        assert (await site.get(f"{LIST}/v1?min_version=1")).json["version"] == 1


@served
async def test_a_version_is_waited_for(site: Site) -> None:
    site.tell(posted("v1", "p1"))
    waiting = await waits_for(site, f"{LIST}/v1?min_version=3")
    site.tell(stocked("p1", 0), posted("v9", "p1"))
    assert (await site.get(f"{LIST}/v1")).json["version"] == 2
    assert not waiting.done()
    site.tell(stocked("p1", 1, at=30))
    assert (await waiting).json["version"] == 3


@served
async def test_a_video_that_is_about_to_come_is_waited_for(site: Site) -> None:
    waiting = await waits_for(site, f"{LIST}/v1?min_version=1")
    site.tell(posted("v1", "p1"))
    assert (await waiting).status == 200


def test_a_version_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.web.located.PATIENCE_S", 0.05)

    @served
    async def check(site: Site) -> None:
        site.tell(posted("v1", "p1"))
        answer = await site.get(f"{LIST}/v1?min_version=2")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert answer.json["type"].endswith("version-not-visible")
        assert (await site.get(f"{LIST}/nothing?min_version=2")).status == 404

    check()


@pytest.mark.parametrize("elsewhere", [None, "http://127.0.0.1:1"])
def test_waiting_ends_with_a_rebalance(elsewhere: str | None) -> None:
    @served
    async def check(site: Site) -> None:
        site.tell(posted("v1", "p1"))
        waiting = await waits_for(site, f"{LIST}/v1?min_version=2")
        site.resting, site.elsewhere = elsewhere is None, elsewhere
        site.bells.ring_all()
        assert (await waiting).status == 503

    check()


@pytest.mark.parametrize("video", ["v1", "not-posted-yet"])
def test_state_that_goes_while_a_version_is_waited_for_is_not_read(
    monkeypatch: pytest.MonkeyPatch, video: str
) -> None:
    monkeypatch.setattr("streams.web.located.PATIENCE_S", 0.05)

    @served
    async def check(site: Site) -> None:
        site.tell(posted("v1", "p1"))
        waiting = await waits_for(site, f"{LIST}/{video}?min_version=2")
        # As when the worker stops, of which no bell tells.
        site.resting = True
        answer = await waiting
        assert (answer.status, answer.json["type"].rpartition(":")[2]) == (503, "rebalancing")

    check()


def test_nor_while_a_long_list_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.queries._CHUNK", 2)

    @served
    async def check(site: Site) -> None:
        site.tell(*(posted(f"v{number}", "p1") for number in range(5)))
        located = iter([site.locate("links", "c1")])
        monkeypatch.setattr(site, "locate", lambda step, key: next(located, None))
        assert (await site.get(LIST)).status == 503

    check()


@served
async def test_what_is_being_published_is_waited_for(site: Site) -> None:
    site.tell(posted("v1", "p1"), posted("w1", "p1", creator="c2"))
    key = b"c1\0v1"
    site.in_flight = [Effects((), {Name.LINKS_VIDEOS_CHANGELOG.value: [(key, b"")]}, {})]
    waiting = await waits_for(site, f"{LIST}/v1")
    site.bells.ring_all()
    assert (await site.get("/v1/creators/c2/videos/w1")).status == 200
    assert not waiting.done()
    site.in_flight = ()
    site.tell(stocked("p1", 0))
    assert (await waiting).json["version"] == 2


def test_but_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.web.located.PATIENCE_S", 0.05)

    @served
    async def check(site: Site) -> None:
        site.in_flight = [Effects((), {Name.LINKS_VIDEOS_CHANGELOG.value: [(b"c1\0v1", b"")]}, {})]
        answer = await site.get(LIST)
        assert (answer.status, answer.json["type"].rpartition(":")[2]) == (503, "publishing")

    check()


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("status=fine", "status"),
        ("cursor=x", "cursor"),
        ("cursor=WzEsMl0=", "cursor"),
        ("cursor=%E4%B8%AD", "cursor"),
        ("page=2", "page"),
        ("limit=1&limit=2", "limit"),
    ],
)
def test_what_makes_no_sense_is_named(query: str, name: str) -> None:
    async def check() -> None:
        site = Site(Simulation())
        async with sites(site):
            answer = await site.get(f"{LIST}?{query}")
            assert answer.status == 400
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json["errors"][0]["name"] == name
            assert answer.json["errors"][0]["in"] == "query"

    on_loop(check())


@pytest.mark.parametrize(
    ("at", "zone", "shown"),
    [
        ("9999-12-31T23:59:59.999Z", "Asia/Shanghai", "9999-12-31T23:59:59.999Z"),
        ("9999-12-31T23:59:59.999Z", "America/New_York", "9999-12-31T18:59:59.999-05:00"),
        ("1970-01-01T00:00:00Z", "Africa/Monrovia", "1970-01-01T00:00:00.000Z"),
        ("1970-01-01T00:00:00Z", "America/New_York", "1969-12-31T19:00:00.000-05:00"),
    ],
)
def test_times_that_a_zone_or_rfc_3339_has_not_are_in_utc(at: str, zone: str, shown: str) -> None:
    @served
    async def check(site: Site) -> None:
        moment = int(datetime.fromisoformat(at).timestamp() * 1000)
        site.tell(posted("v1", "p1", at=moment))
        assert (await site.get(f"{LIST}?tz={zone}")).json["videos"][0]["posted_at"] == shown
        for path in (f"{LIST}/v1", f"{LIST}/v1/history", f"{LIST}/v1/links/p1/explain"):
            assert (await site.get(f"{path}?tz={zone}")).status == 200
        async with site.events(f"/v1/creators/c1/events?tz={zone}&last_event_id=0") as events:
            assert (await events.next()).data["occurred_at"] == shown

    check()


@served
async def test_a_list_whose_state_goes_meanwhile_is_asked_for_again(site: Site) -> None:
    site.tell(*(posted(f"v{number}", "p1") for number in range(3)))
    (task,) = [task for task in site.simulation.tasks if task.memory.tables.get("videos")]
    scan, calls = task.memory.scan, []

    def goes(*given: Any) -> Any:
        assert not site.resting, "the store is closed"
        calls.append(given)
        site.resting = len(calls) == 2
        return scan(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streams.queries._CHUNK", 1)
        patch.setattr(task.memory, "scan", goes)
        answer = await site.get(LIST)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
