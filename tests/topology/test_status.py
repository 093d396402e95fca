"""video-status: the latest of each video, a tombstone in the end."""

import pytest

from tests.support.events import decided, deleted, free, moderated, posted, stocked
from tests.support.simulation import NOW, Simulation
from tests.support.sinks import changes, status, statuses

_DECISIONS = ("rejected", "approved")


def test_it_holds_the_current_status_as_the_contract_says() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1", title="Lamp", at=1000))
    simulation.now = NOW + 5
    simulation.tell(decided("p1", "rejected"))
    body = status(simulation)
    assert body is not None
    assert body == {
        "video_id": "v1",
        "creator_id": "c1",
        "title": "Lamp",
        "posted_at": "1970-01-01T00:00:01.000Z",
        "version": 2,
        "updated_at": "1970-01-01T00:16:40.005Z",
        "links": changes(simulation)[-1]["links"],
        **changes(simulation)[-1]["after"],
    }


def test_several_changes_of_one_batch_leave_one_status() -> None:
    simulation = Simulation()
    simulation.send(
        posted("v1", "p1"), moderated("v1", "violation"), decided("p1", "rejected"), stocked("p1", 0)
    )
    simulation.pump()
    assert status(simulation) == statuses(simulation)["v1"]
    assert [body["version"] for body in changes(simulation)] == [1, 2, 3, 4]
    assert statuses(simulation)["v1"]["version"] == 4
    assert len(simulation.out("video-status")) < 4


def test_pieces_of_a_batch_leave_one_status() -> None:
    simulation = Simulation(piece=3)
    simulation.tell(posted("v1", "p1"))
    simulation.send(*[decided("p1", _DECISIONS[number % 2], at=100 + number) for number in range(10)])
    simulation.pump()
    assert [body["version"] for body in changes(simulation)] == list(range(1, 12))
    assert [record.key for record in simulation.out("video-status")] == [b"v1", b"v1"]
    assert statuses(simulation)["v1"]["version"] == 11


@pytest.mark.parametrize("at_once", [False, True])
def test_a_deleted_video_ends_in_a_tombstone(at_once: bool) -> None:
    simulation = Simulation()
    events = [posted("v1", "p1"), posted("v2", "p1"), deleted("v1")]
    if at_once:
        simulation.send(*events)
        simulation.pump()
    else:
        simulation.tell(*events)
    assert [record.value for record in simulation.out("video-status") if record.key == b"v1"][-1] is None
    assert list(statuses(simulation)) == ["v2"]


def test_a_new_contact_is_published_under_the_same_version() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1"), decided("p1", "rejected", contact={"email": "old@x.example"}))
    simulation.tell(decided("p1", "rejected", at=21, contact={"email": "new@x.example", "phone": None}))
    body = status(simulation)
    assert body is not None
    assert body["version"] == 2 == len(changes(simulation))
    assert body["links"][0]["issues"][0]["seller_contact"] == {"email": "new@x.example"}


def test_what_changes_nothing_that_it_shows_is_not_published() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", free("p1")))
    before = simulation.out("video-status")
    simulation.tell(decided("p1", "approved"), decided("p1", "approved", at=21))
    assert simulation.out("video-status") == before


def test_a_contact_that_is_known_no_more_is_gone() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1"), decided("p1", "rejected", contact={"email": "old@x.example"}))
    simulation.tell(decided("p1", "rejected", at=21))
    body = status(simulation)
    assert body is not None
    assert "seller_contact" not in body["links"][0]["issues"][0]


def test_a_contact_that_says_nothing_is_absent() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1"), decided("p1", "rejected", contact={"email": None}))
    assert "seller_contact" not in changes(simulation)[-1]["links"][0]["issues"][0]


def test_a_contact_stands_only_with_the_rejection() -> None:
    simulation = Simulation()
    simulation.tell(
        posted("v1", "p1"), stocked("p1", 0), decided("p1", "rejected", contact={"name": "Ann", "url": "u"})
    )
    rejected, out_of_stock = changes(simulation)[-1]["links"][0]["issues"]
    assert rejected["seller_contact"] == {"name": "Ann", "url": "u"}
    assert "seller_contact" not in out_of_stock


def test_an_earlier_registration_brings_its_title_and_moment_under_the_same_version() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1", title="late", at=2000), posted("v1", "p1", title="early", at=1000))
    body = status(simulation)
    assert body is not None
    assert (body["title"], body["posted_at"], body["version"]) == ("early", "1970-01-01T00:00:01.000Z", 1)
    assert len(changes(simulation)) == 1
