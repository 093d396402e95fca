"""Invites expire at their moment, also when nobody worked then."""

import pytest

from tests.support.events import decided, deleted, free, invited, moderated, posted
from tests.support.simulation import NOW, Crash, Simulation
from tests.support.sinks import changes, check_chain, status

END = NOW + 1000


def waiting(*more: dict[str, object]) -> Simulation:
    """An approved video whose invite ends at END."""
    simulation = Simulation()
    simulation.tell(
        posted("v1", free("p1")), moderated("v1", "approved", at=11), invited("p1", until=END), *more
    )
    assert_status(simulation, "approved")
    return simulation


def assert_status(simulation: Simulation, expected: str) -> None:
    body = status(simulation)
    assert body is not None
    assert body["status"] == expected


@pytest.mark.parametrize(("now", "expected"), [(END - 1, "approved"), (END, "needs_attention")])
def test_it_expires_at_its_moment(now: int, expected: str) -> None:
    simulation = waiting()
    simulation.wait_until(now)
    assert_status(simulation, expected)


def test_the_change_occurred_at_the_deadline_and_the_invite_caused_it() -> None:
    simulation = waiting()
    simulation.wait_until(END + 70)
    last = changes(simulation)[-1]
    assert last["occurred_at"] == "1970-01-01T00:16:41.000Z"
    assert last["processed_at"] == "1970-01-01T00:16:41.070Z"
    assert (last["cause"]["event_id"], last["cause"]["topic"]) == ("invite-p1-20", "invite-expiries")
    assert last["issues_added"] == [{"product_id": "p1", "code": "invite_expired"}]


@pytest.mark.parametrize("renewal", [END + 5, END - 5])
def test_a_renewal_moves_the_deadline(renewal: int) -> None:
    simulation = waiting(invited("p1", until=renewal, at=21))
    simulation.wait_until(min(renewal, END) - 1)
    assert_status(simulation, "approved")
    simulation.wait_until(renewal - 1)
    assert_status(simulation, "approved")
    simulation.wait_until(renewal)
    assert_status(simulation, "needs_attention")
    simulation.wait_until(END + 100)
    assert len(changes(simulation)) == 3


def test_a_renewal_that_had_passed_when_it_came_expires_it() -> None:
    simulation = waiting()
    simulation.tell(invited("p1", until=NOW - 1, at=21))
    assert_status(simulation, "needs_attention")


def test_a_deadline_before_the_one_that_is_waited_for_comes_up_at_its_moment() -> None:
    simulation = waiting(posted("v2", free("p2")))
    simulation.tell(invited("p2", until=END - 50))
    simulation.wait_until(END - 50)
    assert changes(simulation, "v2")[-1]["after"]["status"] == "needs_attention"
    assert_status(simulation, "approved")


def test_deadlines_a_millisecond_apart_come_up_one_after_the_other() -> None:
    simulation = Simulation(partitions=1)
    simulation.tell(posted("v1", "p1", "p2"), invited("p1", until=END), invited("p2", until=END + 1))
    expired = []
    for now in (END, END + 1):
        simulation.wait_until(now)
        expired.append(changes(simulation)[-1]["after"]["need_attention"])
    assert expired == [1, 2]


def test_a_renewal_leaves_one_timer() -> None:
    simulation = waiting(invited("p1", until=END + 5, at=21), invited("p1", until=END - 5, at=22))
    assert sum(len(task.memory.tables["timers"]) for task in simulation.tasks) == 1


@pytest.mark.parametrize("until", [1, NOW - 1, NOW])
def test_a_deadline_that_had_passed_when_it_came_occurred_with_its_fact(until: int) -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1"), invited("p1", until=until, at=2500))
    assert changes(simulation)[-1]["occurred_at"] == "1970-01-01T00:00:02.500Z"


def test_a_clock_that_was_put_back_loses_no_deadline() -> None:
    simulation = waiting()
    simulation.wait_until(END)
    simulation.now = NOW
    simulation.tell(invited("p1", until=NOW + 500, at=30))
    assert_status(simulation, "approved")
    simulation.wait_until(NOW + 500)
    assert_status(simulation, "needs_attention")


def test_an_older_invite_moves_nothing() -> None:
    simulation = waiting(invited("p1", until=1, at=19), invited("p1", until=END + 9, at=18))
    simulation.wait_until(END)
    assert_status(simulation, "needs_attention")


def test_a_renewal_after_it_expired_brings_the_link_back() -> None:
    simulation = waiting()
    simulation.wait_until(END)
    simulation.tell(invited("p1", until=END + 50, at=30))
    assert_status(simulation, "approved")
    simulation.wait_until(END + 50)
    assert_status(simulation, "needs_attention")
    check_chain(changes(simulation))


def test_the_same_invite_again_does_not_revive_it() -> None:
    simulation = waiting()
    simulation.wait_until(END)
    simulation.tell(invited("p1", until=END))
    assert_status(simulation, "needs_attention")
    assert len(changes(simulation)) == 3


@pytest.mark.parametrize("from_changelog", [False, True])
def test_a_deadline_that_passed_while_nobody_worked_comes_up_on_start(from_changelog: bool) -> None:
    simulation = waiting()
    simulation.restart(from_changelog)
    simulation.wait_until(END + 5000)
    assert_status(simulation, "needs_attention")
    assert changes(simulation)[-1]["occurred_at"] == "1970-01-01T00:16:41.000Z"


@pytest.mark.parametrize("from_changelog", [False, True])
def test_what_has_expired_stays_so_after_a_restart(from_changelog: bool) -> None:
    simulation = waiting()
    simulation.wait_until(END)
    simulation.restart(from_changelog)
    simulation.tell(decided("p1", "rejected", at=30))
    assert [issue["code"] for issue in changes(simulation)[-1]["links"][0]["issues"]] == [
        "rejected_by_seller",
        "invite_expired",
    ]


@pytest.mark.parametrize("from_changelog", [False, True])
def test_a_renewed_deadline_stays_cancelled_after_a_restart(from_changelog: bool) -> None:
    simulation = waiting(invited("p1", until=END + 100, at=21))
    simulation.restart(from_changelog)
    simulation.wait_until(END)
    assert_status(simulation, "approved")
    assert [task.step.deadline() for task in simulation.tasks if task.step.deadline()] == [END + 100]


@pytest.mark.parametrize("crash", Crash)
def test_a_deadline_is_not_lost_in_a_crash(crash: Crash) -> None:
    simulation = waiting()
    simulation.now = END
    for task in simulation.tasks:
        if task.due(END):
            task.process({}, END, simulation.broker, crash)
    simulation.pump()
    assert_status(simulation, "needs_attention")
    ids = [body["event_id"] for body in changes(simulation)]
    repeated = crash is Crash.BEFORE_STATE
    assert (len(ids), len(set(ids))) == (3 + repeated, 3)


def test_an_invite_runs_out_before_there_is_a_video() -> None:
    simulation = Simulation()
    simulation.tell(invited("p1", until=END))
    simulation.wait_until(END)
    assert simulation.out("video-status-changes") == []
    simulation.tell(posted("v1", "p1"))
    assert_status(simulation, "needs_attention")


def test_deadlines_come_up_in_their_order_each_with_its_own_record() -> None:
    simulation = Simulation()
    products = [f"p{number}" for number in range(40)]
    simulation.tell(posted("v1", *products))
    simulation.tell(*(invited(product, until=END - place) for place, product in enumerate(products)))
    simulation.wait_until(END)
    chain = changes(simulation)[1:]
    assert [body["issues_added"][0]["product_id"] for body in chain] == products[::-1]


def test_a_long_backlog_comes_up_whole() -> None:
    simulation = Simulation(partitions=1)
    simulation.send(*(invited(f"p{number}", until=END + number % 7) for number in range(2500)))
    simulation.pump()
    simulation.tell(posted("v1", "p0", "p2499"), decided("p0", "rejected"))
    simulation.wait_until(END + 7)
    assert not any(task.step.deadline() for task in simulation.tasks)
    assert simulation.tasks[0].memory.tables["timers"] == {}
    assert [len(link["issues"]) for link in changes(simulation)[-1]["links"]] == [2, 1]


def test_a_deleted_video_hears_of_no_deadline() -> None:
    simulation = waiting()
    simulation.tell(deleted("v1"))
    simulation.wait_until(END)
    assert len(changes(simulation)) == 3
