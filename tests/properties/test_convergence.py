"""Whatever the order, the batches, the partitions and the crashes: the facts alone decide how it ends."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given

from tests.properties import oracle
from tests.properties.chance import Run, calm, wild
from tests.properties.scenarios import CREATOR_OF, END, Scenario, scenarios
from tests.properties.tables import contents, subscribers
from tests.support.simulation import Crash, Simulation
from tests.support.sinks import changes, check_chain, dead_letters, status, statuses

EXACT = pytest.mark.parametrize(
    "crashes", [(), (Crash.BEFORE_OUTPUTS, Crash.BEFORE_OFFSETS)], ids=["no crash", "crashes"]
)


def shown(simulation: Simulation) -> dict[str, dict[str, Any]]:
    """What video-status holds, in the oracle's words."""
    bodies = statuses(simulation)
    for body in bodies.values():
        del body["version"], body["updated_at"]
        for link in body["links"]:
            for issue in link["issues"]:
                del issue["message"]
    return bodies


@given(scenarios())
@EXACT
def test_it_ends_as_the_facts_say(crashes: tuple[Crash, ...], scenario: Scenario) -> None:
    simulation = wild(scenario, crashes).simulation
    assert shown(simulation) == oracle.videos(scenario.events, END)


@given(scenarios())
def test_it_ends_as_the_facts_say_when_outputs_come_twice(scenario: Scenario) -> None:
    run = wild(scenario, tuple(Crash))
    assert shown(run.simulation) == oracle.videos(scenario.events, END)
    check_dead_letters(run, scenario, at_least_once=True)


@given(scenarios())
@EXACT
def test_changes_are_a_chain_that_ends_in_the_status(crashes: tuple[Crash, ...], scenario: Scenario) -> None:
    simulation = wild(scenario, crashes).simulation
    for video_id in CREATOR_OF:
        chain = changes(simulation, video_id)
        check_chain(chain)
        body = status(simulation, video_id)
        assert (body is None) == (not chain or chain[-1]["after"] is None)
        if body is not None:
            assert body["version"] == len(chain)
            assert chain[-1]["after"].items() <= body.items()
        for change in chain:
            check_cause(simulation, change)


@given(scenarios())
@EXACT
def test_tables_are_those_of_a_calm_run(crashes: tuple[Crash, ...], scenario: Scenario) -> None:
    simulation = wild(scenario, crashes).simulation
    assert contents(simulation) == contents(calm(scenario))
    assert subscribers(simulation) == oracle.subscriptions(scenario.events)
    standing = [task.step.deadline() for task in simulation.tasks]
    assert min((each for each in standing if each is not None), default=None) == min(
        oracle.deadlines(scenario.events, END), default=None
    )


@given(scenarios())
def test_dead_letters_are_those_expected(scenario: Scenario) -> None:
    check_dead_letters(wild(scenario, (Crash.BEFORE_OUTPUTS,)), scenario, at_least_once=False)


@given(scenarios())
def test_registrations_that_lose_are_refused_each_time_they_come(scenario: Scenario) -> None:
    facts = [(fact, delivery._replace(stray=0)) for fact, delivery in scenario.facts]
    simulation = wild(scenario._replace(facts=facts), (Crash.BEFORE_OUTPUTS,)).simulation
    log = simulation.out("video-links")
    arrived = [json.loads(record.value or b"") for record in log if readable(record.value)]
    expected = Counter(
        event_id
        for video_id in CREATOR_OF
        for event_id in oracle.refused(
            [e for e in arrived if oracle.is_of(e, "video_posted", video_id=video_id)]
        )
    )
    letters = [letter for letter in dead_letters(simulation) if letter.code == "links_are_immutable"]
    assert Counter(json.loads(letter.value or b"")["event_id"] for letter in letters) == expected


def readable(value: bytes | None) -> bool:
    """Whether a value is one of ours."""
    return value is not None and b'"event_id"' in value


def check_cause(simulation: Simulation, change: dict[str, Any]) -> None:
    """The source record holds the fact that the change names."""
    cause = change["cause"]
    record = simulation.broker.log(cause["topic"], cause["partition"])[cause["offset"]]
    event = json.loads(record.value or b"")
    assert (event["event_id"], event["type"]) == (cause["event_id"], cause["type"])


def check_dead_letters(run: Run, scenario: Scenario, at_least_once: bool) -> None:
    """Bad records, each once, and nothing else but registrations that do not stand."""
    letters = dead_letters(run.simulation)
    bad = Counter((topic, record.partition, record.offset) for topic, record in run.bad)
    refused = [letter for letter in letters if letter.code == "links_are_immutable"]
    others = Counter(
        (letter.topic, letter.partition, letter.offset) for letter in letters if letter not in refused
    )
    assert (set(others) == set(bad)) if at_least_once else (others == bad)
    for letter in letters:
        record = run.simulation.broker.log(letter.topic, letter.partition)[letter.offset]
        assert (letter.key, letter.value) == (record.key, record.value)
    for letter in refused:
        event = json.loads(letter.value or b"")
        rivals = [e for e in scenario.events if oracle.is_of(e, "video_posted", video_id=event["video_id"])]
        assert oracle.rank(event) > min(map(oracle.rank, rivals))
    places = Counter((letter.topic, letter.partition, letter.offset) for letter in refused)
    assert at_least_once or all(number == 1 for number in places.values())
