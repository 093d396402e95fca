"""Examples through the topology: what goes in is taken or refused, what comes out is as published."""

import json
from pathlib import Path
from typing import get_args

import pytest

from schemas import TOPICS, decode
from schemas.headers import Code
from schemas.registry import HEADERS
from tests.contract.examples import (
    EXAMPLES,
    INVALID,
    VALID,
    decoded,
    header_validator,
    name,
    value_validator,
)
from tests.support.events import decided, deleted, invited, moderated, posted, stocked
from tests.support.simulation import Simulation
from tests.support.sinks import changes, dead_letters

READ = [path for path in VALID if not TOPICS[path.parent.name].published]
REFUSED = [path for path in INVALID if not TOPICS[path.parent.name].published]


def send(simulation: Simulation, path: Path) -> None:
    """Publish an example to its topic, under its key if it has one."""
    topic, value = path.parent.name, path.read_bytes()
    key = getattr(decode(topic, value), TOPICS[topic].key).encode() if path in VALID else b"c7"
    simulation.publish(topic, key, value)
    simulation.pump()


@pytest.mark.parametrize("path", READ, ids=name)
def test_valid_example_is_taken(path: Path) -> None:
    simulation = Simulation()
    send(simulation, path)
    assert dead_letters(simulation) == []


@pytest.mark.parametrize("path", REFUSED, ids=name)
def test_invalid_example_is_refused_with_its_code(path: Path) -> None:
    simulation = Simulation()
    send(simulation, path)
    (letter,) = dead_letters(simulation)
    assert (letter.topic, letter.value) == (path.parent.name, path.read_bytes())
    assert letter.code == path.name.partition("--")[0]


def test_an_example_of_each_kind_makes_a_video_what_the_examples_say() -> None:
    simulation = Simulation()
    for example in ("video-links/posted", "seller-decisions/rejected", "inventory/out-of-stock"):
        send(simulation, EXAMPLES / f"{example}.json")
    send(simulation, EXAMPLES / "video-links/deleted.json")
    told = [(body["after"] or {}).get("labels") for body in changes(simulation)]
    assert told[0] == ["2 product links in review"]
    assert told[1] == ["1 product link needs attention", "1 product link in review"]
    assert told[-1] is None


@pytest.fixture(scope="module")
def full() -> Simulation:
    """All that can be told of a video, and dead letters of each code."""
    simulation = Simulation()
    for path in (*READ, *REFUSED):
        send(simulation, path)
    contact = {"name": "Acme", "email": "a@b.example"}
    simulation.tell(posted("v9", "p1", "p2"), decided("p1", "rejected", contact=contact), stocked("p1", 0))
    simulation.tell(invited("p2", until=1), moderated("v9", "violation"), moderated("v9", "approved", at=30))
    simulation.tell(posted("v9", "p3", at=11), stocked("p1", 5, at=40), deleted("v9"))
    simulation.publish("inventory", b"p", b" " * 262_145)
    simulation.pump()
    return simulation


@pytest.mark.parametrize("topic", ["video-status-changes", "video-status"])
def test_what_is_published_fits_the_closed_schema(full: Simulation, topic: str) -> None:
    values = [record.value for record in full.out(topic) if record.value is not None]
    assert len(values) > 5
    for value in values:
        value_validator(topic).validate(json.loads(value))


@pytest.mark.parametrize("topic", HEADERS)
def test_headers_fit_their_schema(full: Simulation, topic: str) -> None:
    for record in full.out(topic):
        header_validator(topic).validate(decoded(record.headers))


def test_every_code_is_among_them(full: Simulation) -> None:
    assert {letter.code for letter in dead_letters(full)} == set(get_args(Code))
