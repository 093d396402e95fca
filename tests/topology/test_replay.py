"""The same event again changes nothing; neither does a crash, wherever it comes."""

import pytest

from tests.support.events import HOME, decided, deleted, invited, moderated, posted, stocked
from tests.support.simulation import NOW, Crash, Simulation
from tests.support.sinks import changes, check_chain, statuses

STORY = [
    posted("v1", "p1", "p2"),
    decided("p1", "rejected"),
    invited("p2", until=NOW + 10),
    invited("p1", until=5),
    moderated("v1", "violation"),
    moderated("v1", "approved", at=21, product="p2"),
    stocked("p2", 0),
    posted("v2", "p2"),
    deleted("v2"),
]
SINKS = ("video-status-changes", "video-status", "dead-letters")


def test_every_event_once_more_publishes_nothing() -> None:
    simulation = Simulation()
    simulation.tell(*STORY)
    published = [len(simulation.out(topic)) for topic in SINKS]
    simulation.tell(*STORY)
    simulation.tell(*STORY[::-1])
    assert [len(simulation.out(topic)) for topic in SINKS] == published


def test_the_same_event_on_several_partitions_counts_once() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1"), stocked("p1", 0))
    records = simulation.out("video-links") + simulation.out("inventory")
    for record, topic in zip(records, ("video-links", "inventory"), strict=True):
        for partition in range(4):
            simulation.publish(topic, None, record.value, partition=partition)
    simulation.pump()
    assert len(changes(simulation)) == 2
    assert simulation.out("dead-letters") == []


@pytest.mark.parametrize("crash", Crash)
@pytest.mark.parametrize("event", STORY, ids=lambda event: event["event_id"])
def test_a_crash_at_any_event_loses_nothing(event: dict[str, str], crash: Crash) -> None:
    smooth, crashed = Simulation(), Simulation()
    smooth.tell(*STORY)
    for each in STORY:
        crashed.send(each)
        if each is event:
            for task in crashed.tasks:
                pending = task.pending(crashed.broker)
                if pending:
                    task.process(pending, crashed.now, crashed.broker, crash)
        crashed.pump()
    assert statuses(crashed) == statuses(smooth)
    expected = {body["event_id"] for video in ("v1", "v2") for body in changes(smooth, video)}
    found = [body["event_id"] for video in ("v1", "v2") for body in changes(crashed, video)]
    assert set(found) == expected
    if crash is not Crash.BEFORE_STATE:
        assert len(found) == len(expected)
        check_chain(changes(crashed))


@pytest.mark.parametrize("from_changelog", [False, True])
def test_a_restart_between_any_two_events_is_not_noticed(from_changelog: bool) -> None:
    smooth, restarted = Simulation(), Simulation()
    for event in STORY:
        smooth.tell(event)
        restarted.restart(from_changelog)
        restarted.tell(event)
    assert [restarted.out(topic) for topic in SINKS] == [smooth.out(topic) for topic in SINKS]


def test_every_type_of_the_contract_is_in_the_story() -> None:
    assert {event["type"] for event in STORY} == set(HOME)
