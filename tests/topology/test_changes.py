"""video-status-changes: what a fact changes, exactly as CONTRACT.md writes it."""

from typing import Any

import pytest

from tests.support.events import Event, decided, deleted, free, invited, moderated, posted, stocked
from tests.support.simulation import NOW, Simulation
from tests.support.sinks import changes, check_chain, status


def told(*events: Event) -> Simulation:
    simulation = Simulation()
    simulation.tell(*events)
    return simulation


def last_link(simulation: Simulation, video_id: str = "v1") -> tuple[str, list[str]]:
    """Status and issue codes of the only link."""
    body = status(simulation, video_id)
    assert body is not None
    (link,) = body["links"]
    return link["status"], [issue["code"] for issue in link["issues"]]


def test_a_change_record_is_written_as_the_contract_says() -> None:
    simulation = told(posted("v1", "p42", "p43"))
    simulation.now = NOW + 250
    (sent,) = simulation.send(
        decided("p42", "rejected", at=NOW, event_id="d-81", contact={"email": "a@b.example"})
    )
    simulation.pump()
    first, second = changes(simulation)
    assert first["before"] is None
    message = second["links"][0]["issues"][0].pop("message")
    assert "did not approve" in message
    assert second == {
        "type": "video_status_changed",
        "event_id": second["event_id"],
        "video_id": "v1",
        "creator_id": "c1",
        "version": 2,
        "occurred_at": "1970-01-01T00:16:40.000Z",
        "processed_at": "1970-01-01T00:16:40.250Z",
        "before": {
            "status": "in_review",
            "in_review": 2,
            "need_attention": 0,
            "labels": ["2 product links in review"],
        },
        "after": {
            "status": "needs_attention",
            "in_review": 1,
            "need_attention": 1,
            "labels": ["1 product link needs attention", "1 product link in review"],
        },
        "links": [
            {
                "product_id": "p42",
                "status": "needs_attention",
                "issues": [
                    {
                        "code": "rejected_by_seller",
                        "recovery": "new_upload",
                        "seller_contact": {"email": "a@b.example"},
                    }
                ],
            },
            {"product_id": "p43", "status": "in_review", "issues": []},
        ],
        "issues_added": [{"product_id": "p42", "code": "rejected_by_seller"}],
        "issues_removed": [],
        "cause": {
            "type": "seller_decision",
            "event_id": "d-81",
            "topic": "seller-decisions",
            "partition": sent.partition,
            "offset": sent.offset,
        },
    }  # fmt: skip


POSTED, POSTED_FREE = posted("v1", "p1"), posted("v1", free("p1"))
OK, BAD = moderated("v1", "approved", at=30), moderated("v1", "violation", at=31)
CASES: dict[str, tuple[list[Event], str, list[str]]] = {
    "posted": ([POSTED], "in_review", []),
    "no approval needed": ([POSTED_FREE], "in_review", []),
    "no approval needed, moderated": ([POSTED_FREE, OK], "approved", []),
    "moderated, seller pending": ([POSTED, OK], "in_review", []),
    "approved by both": ([POSTED, OK, decided("p1", "approved")], "approved", []),
    "rejected": ([POSTED, decided("p1", "rejected")], "needs_attention", ["rejected_by_seller"]),
    "rejected, then approved": (
        [POSTED, OK, decided("p1", "rejected"), decided("p1", "approved", at=21)], "approved", []),
    "approved, then rejected earlier": (
        [POSTED, OK, decided("p1", "approved", at=21), decided("p1", "rejected")], "approved", []),
    "violation of the video": ([POSTED, OK, BAD], "needs_attention", ["content_quality_violation"]),
    "violation, link approved later": (
        [POSTED_FREE, BAD, moderated("v1", "approved", at=40, product="p1")], "approved", []),
    "violation of the link, video approved earlier": (
        [POSTED, moderated("v1", "violation", at=40, product="p1"), OK],
        "needs_attention", ["content_quality_violation"]),
    "verdict on the link of a rejected product": (
        [POSTED, decided("p1", "rejected"), OK, moderated("v1", "violation", at=40, product="p1")],
        "needs_attention", ["content_quality_violation", "rejected_by_seller"]),
    "violation of another link": (
        [POSTED_FREE, OK, moderated("v1", "violation", at=40, product="p9")], "approved", []),
    "another creator's decision": (
        [POSTED_FREE, OK, decided("p1", "rejected", creator="c2")], "approved", []),
    "invite past": ([POSTED, invited("p1", until=NOW)], "needs_attention", ["invite_expired"]),
    "invite to come": ([POSTED, invited("p1", until=NOW + 1)], "in_review", []),
    "out of stock in review": ([POSTED, stocked("p1", 0)], "needs_attention", ["product_out_of_stock"]),
    "restocked in review": ([POSTED, stocked("p1", 0), stocked("p1", 1, at=21)], "in_review", []),
    "restocked by an older fact": (
        [POSTED, stocked("p1", 0), stocked("p1", 1, at=19)], "needs_attention", ["product_out_of_stock"]),
    "restocked when approved": (
        [POSTED_FREE, OK, stocked("p1", 0), stocked("p1", 1, at=21)], "approved", []),
    "everything before the link": (
        [stocked("p1", 0), BAD, decided("p1", "rejected"), invited("p1", until=1), POSTED],
        "needs_attention",
        ["content_quality_violation", "rejected_by_seller", "invite_expired", "product_out_of_stock"]),
}  # fmt: skip


@pytest.mark.parametrize(("events", "expected", "issues"), CASES.values(), ids=CASES)
def test_a_link_ends_as(events: list[Event], expected: str, issues: list[str]) -> None:
    simulation = told(*events)
    assert last_link(simulation) == (expected, issues)
    check_chain(changes(simulation))
    assert len(simulation.out("dead-letters")) == 0


@pytest.mark.parametrize("at_once", [False, True])
def test_each_fact_has_its_own_record_also_within_one_batch(at_once: bool) -> None:
    events = [posted("v1", "p1")] + [
        decided("p1", "approved" if number % 2 else "rejected", at=20 + number) for number in range(6)
    ]
    simulation = Simulation()
    if at_once:
        simulation.send(*events)
        simulation.pump()
    else:
        simulation.tell(*events)
    chain = changes(simulation)
    check_chain(chain)
    assert [body["cause"]["event_id"] for body in chain] == [event["event_id"] for event in events]


def test_an_added_issue_is_a_change_although_counts_stay() -> None:
    simulation = told(posted("v1", "p1"), stocked("p1", 0), decided("p1", "rejected"))
    last = changes(simulation)[-1]
    assert last["before"] == last["after"]
    assert last["issues_added"] == [{"product_id": "p1", "code": "rejected_by_seller"}]
    assert [issue["code"] for issue in last["links"][0]["issues"]] == [
        "rejected_by_seller",
        "product_out_of_stock",
    ]


def test_a_fact_changes_every_video_of_the_creator_that_links_the_product() -> None:
    simulation = told(posted("v1", "p1", "p2"), posted("v2", "p2"), posted("v3", "p1", creator="c2"))
    simulation.tell(decided("p2", "rejected"))
    assert [len(changes(simulation, video)) for video in ("v1", "v2", "v3")] == [2, 2, 1]
    assert [link["status"] for link in changes(simulation)[-1]["links"]] == ["in_review", "needs_attention"]


def test_links_stand_in_posted_order() -> None:
    simulation = told(posted("v1", "p9", "p1", "p5"), decided("p1", "rejected"), stocked("p9", 0))
    last = changes(simulation)[-1]
    assert [link["product_id"] for link in last["links"]] == ["p9", "p1", "p5"]


def test_a_deletion_takes_every_issue_away() -> None:
    simulation = told(posted("v1", "p1", "p2"), stocked("p2", 0), decided("p1", "rejected"), deleted("v1"))
    chain = changes(simulation)
    check_chain(chain)
    last = chain[-1]
    assert (last["after"], last["links"], last["issues_added"]) == (None, [], [])
    assert last["issues_removed"] == [
        {"product_id": "p1", "code": "rejected_by_seller"},
        {"product_id": "p2", "code": "product_out_of_stock"},
    ]
    assert last["cause"]["type"] == "video_deleted"


@pytest.mark.parametrize("at", [5, 90])
def test_a_video_that_was_deleted_before_it_came_is_never_seen(at: int) -> None:
    simulation = told(
        deleted("v1", at=at), posted("v1", "p1"), moderated("v1", "violation"), stocked("p1", 0)
    )
    assert simulation.out("video-status-changes") == simulation.out("video-status") == []
    assert simulation.out("dead-letters") == []


def test_a_deleted_video_does_not_change_any_more() -> None:
    simulation = told(posted("v1", "p1"), deleted("v1", at=5))
    published = len(simulation.out("video-status-changes")), len(simulation.out("video-status"))
    simulation.tell(
        decided("p1", "rejected"), moderated("v1", "violation"), stocked("p1", 0), deleted("v1", at=99)
    )
    assert (len(simulation.out("video-status-changes")), len(simulation.out("video-status"))) == published
    assert changes(simulation)[-1]["after"] is None


def test_ids_of_changes_are_their_own() -> None:
    simulation = told(posted("v1", "p1"), posted("v2", "p1"), decided("p1", "rejected"), stocked("p1", 0))
    ids: list[Any] = [body["event_id"] for video in ("v1", "v2") for body in changes(simulation, video)]
    assert len(set(ids)) == len(ids) == 6
