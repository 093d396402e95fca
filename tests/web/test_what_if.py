"""What would change: the same as what does change when it happens; and asking changes nothing."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.links import LinksStep
from streams.runtime import view
from streams.web import what_if
from tests.properties.tables import contents
from tests.support.events import decided, free, invited, moderated, posted, stocked
from tests.support.simulation import NOW, Simulation
from tests.web.site import Site, on_loop, served, sites

WHAT_IF = "/v1/creators/c1/what-if"

_facts = st.lists(
    st.one_of(
        st.builds(
            lambda product, said: {"type": "seller_decision", "product_id": product, "decision": said},
            st.sampled_from(["p1", "p2", "p9"]), st.sampled_from(["approved", "rejected"]),
        ),
        st.builds(
            lambda product, at: {"type": "invite_expiry", "product_id": product, "expires_at": at},
            st.sampled_from(["p1", "p2"]), st.sampled_from([1, NOW - 1, NOW + 10**6]),
        ),
        st.builds(
            lambda video, product, verdict: {
                "type": "moderation_verdict", "video_id": video, "product_id": product, "verdict": verdict
            },
            st.sampled_from(["v1", "v2"]), st.sampled_from(["p1", "p2", None]),
            st.sampled_from(["approved", "violation"]),
        ),
        st.builds(
            lambda product, units: {"type": "inventory_level", "product_id": product, "available": units},
            st.sampled_from(["p1", "p2"]), st.sampled_from([0, 5]),
        ),
    ),
    min_size=1, max_size=6,
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(_facts)
def test_it_tells_what_then_happens_and_changes_nothing(facts: list[dict[str, Any]]) -> None:
    @served
    async def check(site: Site) -> None:
        site.tell(
            posted("v1", "p1", "p2"),
            posted("v2", free("p2")),
            posted("w", "p1", creator="c2"),
            decided("p1", "rejected"),
            stocked("p2", 0),
            moderated("v2", "approved"),
        )
        before, sent = contents(site.simulation), len(site.simulation.out("video-status-changes"))
        answer = await site.post(WHAT_IF, {"facts": facts})
        assert answer.status == 200, answer.body
        assert contents(site.simulation) == before
        assert len(site.simulation.out("video-status-changes")) == sent

        shown = {video: (await site.get(f"/v1/creators/c1/videos/{video}")).json for video in ("v1", "v2")}
        for place, fact in enumerate(facts):
            happened = {"creator_id": "c1", "event_id": f"e{place}", "occurred_at": NOW + place, **fact}
            site.tell(happened)
        outcomes = {outcome["video_id"]: outcome for outcome in answer.json["videos"]}
        for video, old in shown.items():
            new = (await site.get(f"/v1/creators/c1/videos/{video}")).json
            summary = ("status", "in_review", "need_attention", "labels")
            if new["links"] == old["links"]:
                assert video not in outcomes
                continue
            outcome = outcomes.pop(video)
            assert outcome["links"] == new["links"]
            assert outcome["before"] == {name: old[name] for name in summary}
            assert outcome["after"] == {name: new[name] for name in summary}
        assert outcomes == {}

    check()


@served
async def test_back_in_stock(site: Site) -> None:
    site.tell(posted("v1", "p1", "p2"), stocked("p1", 0))
    site.tell(decided("p2", "rejected", contact={"email": "a@b.example"}))
    fact = {"type": "inventory_level", "product_id": "p1", "available": 3}
    body = (await site.post(WHAT_IF, {"facts": [fact]}, Accept_Language="zh")).json
    (outcome,) = body["videos"]
    assert outcome["issues_removed"] == [
        {"product_id": "p1", "code": "product_out_of_stock", "title": "商品缺货"}
    ]
    assert outcome["after"]["labels"] == ["1 个商品链接需要处理", "1 个商品链接审核中"]
    assert outcome["links"][1]["issues"][0]["seller_contact"]["email"] == "a@b.example"


def test_more_videos_change_than_are_kept_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "_REHEARSAL_OBJECTS", 2)

    @served
    async def check(site: Site) -> None:
        site.tell(*(posted(f"v{number}", "p1") for number in range(9)), decided("p1", "rejected"))
        fact = {"type": "seller_decision", "product_id": "p1", "decision": "approved"}
        body = (await site.post(WHAT_IF, {"facts": [fact]})).json
        assert len(body["videos"]) == 9

    check()


def test_a_product_of_many_videos_holds_up_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    turns, seen, made = [0], list[int](), list[int]()
    fold, outcome = LinksStep.process, what_if._outcome

    def folded(*arguments: Any) -> Any:
        seen.append(turns[0])
        return fold(*arguments)

    def told(*arguments: Any) -> Any:
        made.append(turns[0])
        return outcome(*arguments)

    async def turn() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    @served
    async def check(site: Site) -> None:
        site.tell(*(posted(f"v{number:02}", "p1") for number in range(40)))
        monkeypatch.setattr(LinksStep, "process", folded)
        monkeypatch.setattr(what_if, "_outcome", told)
        turning = asyncio.create_task(turn())
        facts = [{**STOCK, "available": 0}] * 3
        assert len((await site.post(WHAT_IF, {"facts": facts})).json["videos"]) == 40
        turning.cancel()
        assert len(set(seen)) == len(seen) == 3
        assert len(set(made)) == 3

    check()


def test_what_comes_meanwhile_is_not_what_the_facts_change(monkeypatch: pytest.MonkeyPatch) -> None:
    fold = LinksStep.process

    @served
    async def check(site: Site) -> None:
        site.tell(posted("v1", "p1"), posted("v2", "p2"))
        folded = [0]

        def meanwhile(*arguments: Any) -> Any:
            folded[0] += 1
            if folded[0] == 2:
                site.tell(moderated("v1", "violation"))
            return fold(*arguments)

        monkeypatch.setattr(LinksStep, "process", meanwhile)
        facts = [{**STOCK, "product_id": product, "available": 0} for product in ("p1", "p2")]
        body = (await site.post(WHAT_IF, {"facts": facts})).json
        assert [len(video["issues_added"]) for video in body["videos"]] == [1, 1]
        assert [video["issues_removed"] for video in body["videos"]] == [[], []]

    check()


def test_other_creators_deadlines_stay_out_of_it() -> None:
    async def check() -> None:
        site = Site(Simulation(partitions=1))
        async with sites(site):
            # Two videos of one id, so that nothing but the creator tells them apart.
            site.tell(posted("v1", "p1"), posted("w", "p1"), posted("w", "p2", creator="c2"))
            site.tell(invited("p2", NOW + 10, creator="c2"))
            site.simulation.now = NOW + 20
            fact = {"type": "moderation_verdict", "video_id": "v1", "verdict": "violation"}
            body = (await site.post(WHAT_IF, {"facts": [fact]})).json
            assert [outcome["video_id"] for outcome in body["videos"]] == ["v1"]

    on_loop(check())


STOCK = {"type": "inventory_level", "product_id": "p1", "available": 1}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({}, "facts"),
        ({"facts": []}, "facts"),
        ({"facts": [STOCK] * 21}, "facts"),
        ({"facts": [{**STOCK, "available": -1}]}, "facts.0.inventory_level.available"),
        ({"facts": [{**STOCK, "available": "1"}]}, "facts.0.inventory_level.available"),
        ({"facts": [{**STOCK, "product_id": ""}]}, "facts.0.inventory_level.product_id"),
        ({"facts": [{**STOCK, "creator_id": "c2"}]}, "facts.0.inventory_level.creator_id"),
        ({"facts": [{"type": "video_posted"}]}, "facts.0"),
        ({"facts": [STOCK], "now": 3}, "now"),
        ([], "body"),
        ("x", "body"),
    ],
)
def test_what_makes_no_sense_is_named(body: Any, name: str) -> None:
    @served
    async def check(site: Site) -> None:
        answer = await site.post(WHAT_IF, body)
        assert answer.status == 400, answer.body
        assert [(each["in"], each["name"]) for each in answer.json["errors"]] == [("body", name)]

    check()


@served
async def test_no_json_and_too_much_of_it(site: Site) -> None:
    assert (await site.request("POST", WHAT_IF, b"{")).status == 400
    assert (await site.request("POST", WHAT_IF, b"\xff")).status == 400
    answer = await site.request("POST", WHAT_IF, b" " * 65_537)
    assert (answer.status, answer.headers["Content-Type"]) == (413, "application/problem+json")


def test_a_body_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.web.routing.BODY_S", 0.05)

    @served
    async def check(site: Site) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(site.url.rsplit(":", 1)[1]))
        writer.write(f"POST {WHAT_IF} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{{".encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()

    check()


@served
async def test_a_video_of_nobody(site: Site) -> None:
    fact = {"type": "moderation_verdict", "video_id": "v1", "verdict": "approved"}
    assert (await site.post(WHAT_IF, {"facts": [fact]})).status == 404


@served
async def test_a_body_that_is_not_compressed_as_it_says(site: Site) -> None:
    answer = await site.request("POST", WHAT_IF, b"{}", {"Content_Encoding": "gzip"})
    assert (answer.status, answer.json["type"]) == (400, "urn:link-status:problem:invalid-request")
