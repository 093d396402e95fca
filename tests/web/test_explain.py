"""Why a link has its status, with where each fact stands."""

from typing import Any

from streams import keys
from streams.chronicle import KEPT
from tests.support.events import decided, free, invited, moderated, posted, stocked
from tests.support.simulation import NOW
from tests.web.site import Site, served

EXPLAIN = "/v1/creators/c1/videos/v1/links/p1/explain"


def told(body: Any, role: str) -> list[tuple[str, str, str | None]]:
    return [
        (each["facet"], each["value"], each["event_id"]) for each in body["facts"] if each["role"] == role
    ]


@served
async def test_what_decides_is_masked_and_was_superseded(site: Site) -> None:
    site.tell(
        posted("v1", "p1"),
        moderated("v1", "approved", at=15),
        decided("p1", "approved", at=20),
        stocked("p1", 0, at=30),
        decided("p1", "rejected", at=40),
        moderated("v1", "violation", at=41),
        moderated("v1", "approved", at=50, product="p1"),
    )
    body = (await site.get(EXPLAIN)).json
    assert told(body, "decides") == [("application", "rejected", "decision-p1-40")]
    assert told(body, "masked") == [("stock", "out_of_stock", "stock-p1-30")]
    assert told(body, "clear") == [
        ("moderation", "approved", "verdict-v1-p1-50"),
        ("invite", "active", None),
    ]
    assert told(body, "superseded") == [
        ("moderation", "violation", "verdict-v1-all-41"),
        ("application", "approved", "decision-p1-20"),
    ]
    assert body["rule"] == "an_issue_leads"
    assert body["text"].endswith("leads: Rejected by seller.")


@served
async def test_every_fact_has_the_coordinates_of_its_record(site: Site) -> None:
    site.tell(posted("v1", "p1"))
    sent = {}
    facts = (
        decided("p1", "rejected", at=1_000),
        stocked("p1", 0, at=2_000),
        invited("p1", NOW + 7, at=3_000),
        moderated("v1", "violation", at=4_000),
    )
    for event in facts:
        (record,) = site.simulation.send(event)
        site.simulation.pump()
        sent[event["event_id"]] = (record.partition, record.offset, event["occurred_at"])
    body = (await site.get(f"{EXPLAIN}?tz=Asia/Tokyo")).json
    assert len(body["facts"]) == 4
    for each in body["facts"]:
        partition, offset, at = sent[each["event_id"]]
        assert (each["source"]["partition"], each["source"]["offset"]) == (partition, offset)
        assert each["occurred_at"] == f"1970-01-01T09:00:{at // 1000:02}.000+09:00"
    assert {each["source"]["topic"] for each in body["facts"]} == {
        *("seller-decisions", "inventory", "invite-expiries", "moderation")
    }
    (invite,) = [each for each in body["facts"] if each["facet"] == "invite"]
    assert invite["expires_at"] == "1970-01-01T09:16:40.007+09:00"


@served
async def test_that_no_approval_is_needed_was_said_by_who_posted(site: Site) -> None:
    (record,) = site.simulation.send(posted("v1", free("p1"), "p2", at=1_000))
    site.simulation.pump()
    site.tell(moderated("v1", "approved"))
    (known,) = [each for each in (await site.get(EXPLAIN)).json["facts"] if each["facet"] == "application"]
    assert (known["value"], known["role"], known["scope"]) == ("not_required", "decides", "link")
    assert (known["type"], known["occurred_at"]) == ("video_posted", "1970-01-01T00:00:01.000Z")
    assert known["source"] == {
        "topic": "video-links",
        "partition": record.partition,
        "offset": record.offset,
    }


@served
async def test_what_is_pending_in_words(site: Site) -> None:
    site.tell(posted("v1", "p1"))
    assert (await site.get(EXPLAIN)).json["text"] == (
        "The link has no issue. It is in review until the seller and moderation have decided."
    )
    site.tell(decided("p1", "approved"))
    body = (await site.get(EXPLAIN, Accept_Language="zh")).json
    assert body["text"].startswith("该链接没有问题")
    site.tell(moderated("v1", "approved"))
    body = (await site.get(EXPLAIN)).json
    assert (body["rule"], body["status"]) == ("all_is_well", "approved")
    assert body["text"] == "The link has no issue, and nothing is waited for."


@served
async def test_how_far_superseded_facts_are_known(site: Site) -> None:
    site.tell(posted("v1", "p1"))
    assert (await site.get(EXPLAIN)).json["superseded"] == {"source": "changes", "since": None}
    for at in range(KEPT):
        site.simulation.now = NOW + at
        site.tell(decided("p1", ("rejected", "approved")[at % 2], at=20 + at))
    body = (await site.get(EXPLAIN)).json
    assert body["superseded"] == {"source": "changes", "since": "1970-01-01T00:16:40.000Z"}
    assert len(told(body, "superseded")) == KEPT - 1


@served
async def test_what_is_lost_is_not_known_either(site: Site) -> None:
    for at, event in enumerate((posted("v1", "p1"), *(stocked("p1", n % 2, at=20 + n) for n in range(3)))):
        site.simulation.now = NOW + at
        site.tell(event)
    site.simulation.now = NOW + 9
    (kept,) = [
        task.memory.tables["changes"] for task in site.simulation.tasks if task.memory.tables.get("changes")
    ]
    for lost, since in ((1, "002"), (0, "002"), (2, "003"), (3, "009")):
        kept.pop(keys.numbered("c1", lost + 1))
        superseded = (await site.get(EXPLAIN)).json["superseded"]
        assert superseded == {"source": "changes", "since": f"1970-01-01T00:16:40.{since}Z"}, lost


@served
async def test_a_link_that_the_video_does_not_have(site: Site) -> None:
    site.tell(posted("v1", "p1"), decided("p2", "rejected"))
    answer = await site.get("/v1/creators/c1/videos/v1/links/p2/explain")
    assert (answer.status, answer.json["detail"]) == (404, "there is no such link")
