"""Links of a posted video cannot be replaced: of two registrations the earlier stands."""

import pytest

from tests.support.events import Event, decided, deleted, moderated, posted, stocked
from tests.support.simulation import Simulation
from tests.support.sinks import changes, check_chain, dead_letters, status

EARLY = posted("v1", "p1", "p2", title="early", at=10)
LATE = posted("v1", "p2", "p3", title="late", at=11)


def told(*events: Event) -> Simulation:
    simulation = Simulation()
    simulation.tell(*events)
    return simulation


@pytest.mark.parametrize("events", [(EARLY, LATE), (LATE, EARLY)], ids=["early first", "late first"])
def test_the_earlier_one_stands_whichever_comes_first(events: tuple[Event, ...]) -> None:
    simulation = told(*events)
    body = status(simulation)
    assert body is not None
    assert body["title"] == "early"
    assert [link["product_id"] for link in body["links"]] == ["p1", "p2"]
    check_chain(changes(simulation))


def test_one_that_loses_leaves_nothing_but_its_letter() -> None:
    simulation = told(EARLY)
    topics = ("video-status-changes", "video-status", "stock-subscriptions")
    before = [simulation.out(topic) for topic in topics]
    simulation.tell(LATE)
    assert [simulation.out(topic) for topic in topics] == before
    assert len(dead_letters(simulation)) == 1


def test_what_both_link_stays_out_of_stock() -> None:
    simulation = told(LATE, stocked("p2", 0), EARLY)
    chain = changes(simulation)
    assert not any(body["issues_removed"] for body in chain)
    assert [len(link["issues"]) for link in chain[-1]["links"]] == [0, 1]


def test_what_was_posted_is_known_after_a_restart_though_it_was_deleted_before() -> None:
    simulation = told(deleted("v1"), EARLY)
    simulation.restart(from_changelog=False)
    simulation.tell(LATE)
    assert [letter.code for letter in dead_letters(simulation)] == ["links_are_immutable"]


def test_at_the_same_time_the_smaller_event_id_stands() -> None:
    simulation = told(
        posted("v1", "p1", title="b", event_id="b"),
        posted("v1", "p1", title="a", event_id="a"),
        posted("v1", "p1", title="c", event_id="c"),
    )
    body = status(simulation)
    assert body is not None
    assert body["title"] == "a"
    assert [letter.code for letter in dead_letters(simulation)] == ["links_are_immutable"]


def test_the_one_that_arrives_and_loses_is_a_dead_letter() -> None:
    simulation = told(EARLY, LATE)
    (letter,) = dead_letters(simulation)
    assert (letter.code, letter.topic, letter.offset) == ("links_are_immutable", "video-links", 1)
    assert b'"late"' in (letter.value or b"")
    assert "v1" in letter.message


@pytest.mark.parametrize(
    ("events", "refused"),
    [
        ((EARLY, deleted("v1"), LATE), 1),
        ((deleted("v1"), EARLY, LATE), 1),
        ((deleted("v1"), LATE, EARLY, LATE), 1),
        ((EARLY, deleted("v1"), EARLY), 0),
    ],
    ids=["posted, deleted", "deleted first", "displaced after the deletion", "the same again"],
)
def test_a_deletion_does_not_hide_a_second_registration(events: tuple[Event, ...], refused: int) -> None:
    simulation = told(*events)
    assert [letter.code for letter in dead_letters(simulation)] == ["links_are_immutable"] * refused
    assert status(simulation) is None
    check_chain(changes(simulation))


def test_displaced_links_leave_with_their_issues_and_new_ones_come_with_theirs() -> None:
    simulation = told(decided("p1", "rejected"), decided("p3", "rejected"), LATE, EARLY)
    first, second = changes(simulation)
    check_chain([first, second])
    assert second["issues_removed"] == [{"product_id": "p3", "code": "rejected_by_seller"}]
    assert second["issues_added"] == [{"product_id": "p1", "code": "rejected_by_seller"}]
    assert second["cause"]["event_id"] == EARLY["event_id"]


def test_a_displaced_link_hears_no_more_of_its_product() -> None:
    simulation = told(LATE, EARLY, decided("p3", "rejected"))
    assert len(changes(simulation)) == 2
    assert changes(simulation)[-1]["after"]["status"] == "in_review"


def test_another_order_of_the_same_links_is_no_change_but_a_new_status() -> None:
    simulation = told(
        posted("v1", "p2", "p1", at=11), decided("p1", "rejected"), posted("v1", "p1", "p2", at=10)
    )
    assert len(changes(simulation)) == 2
    body = status(simulation)
    assert body is not None
    assert [(link["product_id"], link["status"]) for link in body["links"]] == [
        ("p1", "needs_attention"),
        ("p2", "in_review"),
    ]


def test_an_earlier_registration_may_say_that_no_approval_is_needed() -> None:
    link = {"product_id": "p1", "seller_approval": "not_required"}
    simulation = told(posted("v1", "p1", at=11), moderated("v1", "approved"), posted("v1", link, at=10))
    assert [body["after"]["status"] for body in changes(simulation)] == ["in_review", "approved"]
