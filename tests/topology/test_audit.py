"""The audit finds whatever is wrong with tables or video-status, and takes on trust what retention took."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from streams import keys
from streams.domain.issues import IN_REVIEW_MARK
from streams.domain.video import Video
from streams.runtime.records import Outgoing
from streams.wire_format import frame
from tests.support.audited import audited
from tests.support.codecs import CODECS
from tests.support.events import decided, deleted, free, invited, moderated, posted, stocked
from tests.support.simulation import NOW, Simulation, Task

V1, P1 = keys.pair("c1", "v1"), keys.pair("c1", "p1")
LATER = NOW + 1000
CONTACT = {"email": "a@b.example"}


def system() -> Simulation:
    """A system that has seen something of everything."""
    simulation = Simulation(partitions=2)
    simulation.tell(
        posted("v1", "p1", free("p2")),
        posted("v2", "p2", at=11),
        posted("v3", "p1", creator="c2"),
        decided("p1", "rejected", contact=CONTACT),
        moderated("v1", "approved"),
        moderated("v1", "violation", product="p2", at=30),
        invited("p1", LATER),
        invited("p2", 1),
        stocked("p1", 5),
        stocked("p2", 0),
        deleted("v3", creator="c2"),
        moderated("v9", "violation"),
    )
    return simulation


def holder(simulation: Simulation, table: str, key: bytes) -> Task:
    """The task whose table has the key."""
    (task,) = [task for task in simulation.tasks if key in task.memory.tables[table]]
    return task


def lose(table: str, key: bytes) -> Callable[[Simulation], None]:
    return lambda simulation: holder(simulation, table, key).memory.write({table: [(key, None)]})


def change(table: str, key: bytes, how: Callable[[Any], Any]) -> Callable[[Simulation], None]:
    def work(simulation: Simulation) -> None:
        task = holder(simulation, table, key)
        codec = CODECS[table]
        entry = codec.decode(task.memory.tables[table][key])
        task.memory.write({table: [(key, codec.encode(how(entry) or entry))]})

    return work


def add(table: str, key: bytes, like: bytes) -> Callable[[Simulation], None]:
    def work(simulation: Simulation) -> None:
        task = holder(simulation, table, like)
        task.memory.write({table: [(key, task.memory.tables[table][like])]})

    return work


def show(video: str, **fields: Any) -> Callable[[Simulation], None]:
    """Publish another status of v1's; no fields: a tombstone."""

    def work(simulation: Simulation) -> None:
        (body, *_) = [
            json.loads(record.value or b"")
            for record in reversed(simulation.out("video-status"))
            if record.key == b"v1"
        ]
        value = json.dumps({**body, **fields}).encode() if fields else None
        simulation.broker.send(Outgoing("video-status", video.encode(), value))

    return work


def set_(name: str, value: object) -> Callable[[Any], None]:
    return lambda entry: setattr(entry, name, value)


def in_review(video: Video) -> None:
    video.marks = bytes([IN_REVIEW_MARK]) + video.marks[1:]


WRONG: dict[str, tuple[Callable[[Simulation], None], set[tuple[str, str]]]] = {
    "a video is lost": (lose("videos", V1), {("videos", ""), ("video-status", "version")}),
    "a status is old": (
        change("videos", V1, in_review),
        {("videos", "statuses.0.1"), ("videos", "statuses.0.2")},
    ),
    "a title is wrong": (change("videos", V1, set_("title", "x")), {("videos", "title")}),
    "a verdict is lost": (change("videos", V1, set_("verdict", None)), {("videos", "verdicts.")}),
    "a version is skipped": (change("videos", V1, set_("version", 99)), {("video-status", "version")}),
    "a verdict that waits for its video is lost": (lose("videos", keys.pair("c1", "v9")), {("videos", "")}),
    "a deletion is lost": (lose("videos", keys.pair("c2", "v3")), {("videos", "")}),
    "a video nobody posted": (add("videos", keys.pair("c1", "v7"), V1), {("videos", "")}),
    "a product is lost": (
        lose("products", P1),
        {("products", ""), ("products", "p1 knows the video"), ("subscribers", "links it")},
    ),
    "a decision is lost": (change("products", P1, set_("application", None)), {("products", "decision")}),
    "stock is not forwarded": (
        change("products", keys.pair("c1", "p2"), set_("stock", None)),
        {("products", "out_of_stock")},
    ),
    "a product forgets a video": (
        change("products", keys.pair("c1", "p2"), set_("videos", ["v1"])),
        {("products", "p2 knows the video")},
    ),
    "a product keeps a video": (
        change("products", P1, set_("videos", ["v1", "v2"])),
        {("products", "video v2 links it")},
    ),
    "a timer is lost": (lose("timers", keys.at(LATER, P1)), {("timers", "the invite's deadline")}),
    "a timer too many": (
        add("timers", keys.at(LATER + 1, P1), keys.at(LATER, P1)),
        {("timers", "waits for an invite")},
    ),
    "a level is lost": (lose("levels", b"p1"), {("levels", "")}),
    "a subscriber is lost": (
        lose("subscribers", keys.pair("p1", "c1")),
        {("subscribers", "the creator hears of p1")},
    ),
    "a subscriber too many": (
        add("subscribers", keys.pair("p1", "c7"), keys.pair("p1", "c1")),
        {("subscribers", "links it")},
    ),
    "a status was not published": (show("v1"), {("video-status", "")}),
    "a wrong status was published": (show("v1", in_review=7), {("video-status", "in_review")}),
    "a status of a video nobody posted": (show("v8", video_id="v8"), {("video-status", "")}),
}  # fmt: skip


def found(simulation: Simulation, **first: int) -> set[tuple[str, str]]:
    """Table and field of what differs; `first`: offsets where source logs begin."""
    beginnings = {name.replace("_", "-"): offset for name, offset in first.items()}
    return {(each.where, each.field) for each in audited(simulation, beginnings)}


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert audited(system()) == []


@pytest.mark.parametrize(("break_", "expected"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_found(break_: Callable[[Simulation], None], expected: set[tuple[str, str]]) -> None:
    simulation = system()
    break_(simulation)
    assert found(simulation) == expected


def test_what_differs_is_told_with_what_should_be() -> None:
    simulation = system()
    change("videos", V1, set_("title", "x"))(simulation)
    (only,) = audited(simulation)
    assert (only.subject, only.live, only.expected) == (("video", ("c1", "v1")), "x", "A title")


def test_a_deadline_that_passed_unnoticed_is_found() -> None:
    simulation = system()
    simulation.now = LATER
    assert ("products", "invite.3") in found(simulation)
    simulation.pump()
    assert audited(simulation) == []


ALL_GONE = {
    "video_links": 99,
    "seller_decisions": 99,
    "invite_expiries": 99,
    "moderation": 99,
    "inventory": 99,
}


def test_what_retention_took_is_taken_from_the_tables() -> None:
    assert audited(system(), {name.replace("_", "-"): first for name, first in ALL_GONE.items()}) == []


def test_what_follows_from_facts_on_trust_is_compared_all_the_same() -> None:
    simulation = system()
    change("videos", V1, set_("marks", b""))(simulation)
    show("v2", video_id="v2", in_review=7)(simulation)
    differs = found(simulation, **ALL_GONE)
    assert {("videos", "statuses"), ("video-status", "in_review")} <= differs


def test_a_fact_whose_record_is_still_there_is_not_trusted() -> None:
    simulation = system()
    change("products", P1, set_("application", None))(simulation)
    assert ("products", "decision") in found(simulation, video_links=99)


def test_what_is_wrapped_is_read_as_the_workers_read_it() -> None:
    simulation = Simulation(partitions=2, frames={"video-status": frame(7)})
    framed = frame(9) + json.dumps(posted("v1", "p1")).encode()
    whole = {
        "specversion": "1.0",
        "id": "7",
        "source": "/shop",
        "type": "x",
        "data": decided("p1", "rejected"),
    }
    structured = [("content-type", b"application/cloudevents+json")]
    simulation.publish("video-links", b"c1", framed)
    simulation.publish("seller-decisions", b"c1", json.dumps(whole).encode(), structured)
    simulation.pump()
    assert simulation.out("video-status")[-1].value[:5] == frame(7)  # type: ignore[index]
    assert audited(simulation) == []
