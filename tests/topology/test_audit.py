"""The audit finds whatever is wrong with tables or video-status, and takes on trust what retention took."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from itertools import count, repeat
from typing import Any, cast

import pytest

from streams import keys
from streams.audit import audit as auditing
from streams.audit import suspects
from streams.audit.differences import Difference, Subject
from streams.audit.report import Gone
from streams.audit.suspects import Suspects
from streams.audit.system import System
from streams.domain.facets import Application
from streams.domain.facts import Fact
from streams.domain.video import VERDICTS_KEPT, Link
from streams.topics import Topics
from streams.topology import sources
from streams.wire_format import frame
from tests.support.audited import again, audited, found, looked_at
from tests.support.broken import (
    IS_KEPT,
    LATER,
    P1,
    V1,
    Break,
    add,
    broken,
    change,
    holder,
    in_review,
    lose,
    set_,
    show,
    system,
    told,
)
from tests.support.events import decided, deleted, moderated, posted
from tests.support.simulation import NOW, Simulation

WRONG: dict[str, tuple[Break, set[tuple[str, str]]]] = {
    "a video is lost": (
        lose("videos", V1),
        {("videos", ""), ("video-status", "version"), ("changes", IS_KEPT)},
    ),
    "a status is old": (
        change("videos", V1, in_review),
        {("videos", "statuses.0.1"), ("videos", "statuses.0.2")},
    ),
    "a title is wrong": (change("videos", V1, set_("title", "x")), {("videos", "title")}),
    "a link is another seller's": (
        change("videos", V1, set_("links", [Link("p1", seller_id="s"), Link("p2", approval_required=False)])),
        {("videos", "links.0.2")},
    ),
    "a verdict has another reason": (
        change("videos", V1, told("verdict", reason="x")),
        {("videos", "verdicts..4")},
    ),
    "a decision has another reason": (
        change("products", P1, told("application", reason="x")),
        {("products", "decision.3")},
    ),
    "a verdict is lost": (change("videos", V1, set_("verdict", None)), {("videos", "verdicts.")}),
    "a verdict on a link is lost": (
        change("videos", V1, set_("link_verdicts", {})),
        {("videos", "verdicts.p2")},
    ),
    "a version is skipped": (
        change("videos", V1, set_("version", 7)),
        {("video-status", "version"), *(("changes", f"{number}.version") for number in range(2, 8))},
    ),
    "a verdict that waits for its video is lost": (lose("videos", keys.pair("c1", "v9")), {("videos", "")}),
    "a deletion is lost": (
        lose("videos", keys.pair("c2", "v3")),
        {("videos", ""), ("changes", IS_KEPT)},
    ),
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
    "a product knows a video that was only heard of": (
        change("products", P1, set_("videos", ["v1", "v9"])),
        {("products", "video v9 links it")},
    ),
    "a timer is lost": (lose("timers", keys.at(LATER, P1)), {("timers", "the invite's deadline")}),
    "a timer too many": (
        add("timers", keys.at(LATER + 1, P1), keys.at(LATER, P1)),
        {("timers", "waits for an invite")},
    ),
    "a level is lost": (lose("levels", b"p1"), {("levels", "")}),
    "a level of which nobody told": (add("levels", b"p5", b"p1"), {("levels", "")}),
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


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert audited(system()) == []


@pytest.mark.parametrize(("break_", "expected"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_found(break_: Break, expected: set[tuple[str, str]]) -> None:
    assert found(broken(break_)) == expected


def test_what_differs_is_told_with_what_should_be() -> None:
    simulation = system()
    change("videos", V1, set_("title", "x"))(simulation)
    (only,) = audited(simulation)
    assert (only.subject, only.live, only.expected) == (("video", ("c1", "v1")), "x", "A title")


def test_what_came_out_of_order_is_no_difference() -> None:
    simulation = system()
    simulation.tell(*(decided("p1", "approved", at=at) for at in (19, 40, 30)))
    simulation.tell(*(posted("v2", "p2", at=at, event_id=f"again-{at}") for at in (9, 5, 7)))
    assert audited(simulation) == []


def test_a_fact_about_another_creators_video_is_no_difference() -> None:
    simulation = system()
    simulation.tell(deleted("v1", creator="c9"), moderated("v1", "violation", creator="c8"))
    assert audited(simulation) == []


@pytest.mark.parametrize("posted_before", [True, False])
def test_a_verdict_that_was_refused_for_want_of_room_is_no_difference(posted_before: bool) -> None:
    simulation = Simulation()
    refused = f"p{VERDICTS_KEPT}"
    verdicts = [moderated("v1", "violation", product=f"p{number}") for number in range(VERDICTS_KEPT + 2)]
    post = [posted("v1", "late", refused)]
    for events in (post, verdicts) if posted_before else (verdicts, post):
        simulation.tell(*events)
    assert audited(simulation) == []


@pytest.mark.parametrize(
    "subject",
    [
        Subject("timer", ("c1", "p9", "7")),
        Subject("subscriber", ("p9", "c1")),
        Subject("change", ("c1", "99")),
        Subject("entry", ("videos", "0", "c1%00v9")),
    ],
)
def test_what_has_gone_since_it_was_found_does_not_differ(subject: Subject) -> None:
    assert again(system(), subject) == []


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


def test_nor_is_it_missed_where_no_table_has_it_any_more() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1"), moderated("v1", "violation"), deleted("v1"))
    assert audited(simulation, {name.replace("_", "-"): first for name, first in ALL_GONE.items()}) == []


def test_a_product_that_knows_a_deleted_video_is_found() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1"), decided("p1", "rejected"), deleted("v1"))
    change("products", P1, set_("videos", ["v1"]))(simulation)
    assert ("products", "video v1 links it") in found(simulation)


def test_what_follows_from_facts_on_trust_is_compared_all_the_same() -> None:
    simulation = system()
    change("videos", V1, set_("marks", b""))(simulation)
    show("v2", video_id="v2", in_review=7)(simulation)
    differs = found(simulation, **ALL_GONE)
    assert {("videos", "statuses"), ("video-status", "in_review")} <= differs


def test_a_fact_whose_record_is_still_there_is_not_trusted() -> None:
    simulation = system()
    for entry in (None, Application(Fact(NOW, "later", "seller_decision", 1, 0), approved=True)):
        change("products", P1, set_("application", entry))(simulation)
        assert any(field.startswith("decision") for _, field in found(simulation, video_links=99))
    lose("products", P1)(simulation)
    assert ("products", "") in found(simulation, video_links=99)


def test_what_is_trusted_gives_way_to_what_came_later() -> None:
    simulation = Simulation(partitions=1)
    simulation.tell(posted("v1", "p1"), decided("p1", "rejected"))
    memory = holder(simulation, "products", P1).memory
    before = memory.tables["products"][P1]
    simulation.tell(decided("p1", "approved", at=1_000))
    memory.write({"products": [(P1, before)]})
    assert ("products", "decision.0") in found(simulation, seller_decisions=1)


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


class Busy:
    """A system whose workers go on while its tables are read, which are ahead of the facts by then."""

    sources = sources(Topics.load())
    records = 0

    def __init__(self, simulation: Simulation) -> None:
        self.facts = looked_at(Simulation(), {})[0]
        self.live = looked_at(simulation, {})[1]
        log = simulation.out("video-links")
        self._looks = [log[:5], log[5:], []]

    async def begin(self, _: object) -> list[Gone]:
        return []

    async def catch_up(self, *_: object) -> None:
        records = self._looks.pop(0)
        self.facts.fold("video-links", records)
        self.records += len(records)

    async def passed(self, *_: object) -> bool:
        return True

    def unfinished(self) -> set[bytes]:
        return set()


def test_what_came_while_the_tables_were_read_is_folded_before_they_are_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(suspects, "MOST", 2)
    monkeypatch.setattr(auditing, "_FEW", 1)
    monkeypatch.setattr(auditing, "_PAUSE_S", 0)
    simulation = Simulation()
    simulation.tell(*(posted(f"v{number}", "p1") for number in range(10)))
    busy = cast(System, Busy(simulation))
    nobody = cast(Any, None)
    report = asyncio.run(auditing.audit(busy, nobody, nobody, Untold()))
    assert (report.more, report.differences, report.unsettled) == (False, [], 0)
    assert report.records == 10 < report.subjects


def settled(looks: Mapping[str, Iterable[str]], passed: bool = True) -> Suspects[str]:
    """What became of subjects that differ like this each time that they are looked at."""
    left = {subject: iter(each) for subject, each in looks.items()}

    def check(subject: str) -> list[Difference]:
        field = next(left[subject])
        return [Difference(Subject(subject, ()), "videos", field, 0, 1)] if field else []

    async def move_on() -> bool:
        return passed

    async def work() -> Suspects[str]:
        found = Suspects(check)
        await found.look(looks, Untold())
        await found.settle(move_on)
        return found

    return asyncio.run(work())


def test_what_was_the_same_three_times_stands_still() -> None:
    twice = ("first", "then", "then", "then")
    looks = {"fine": [""], "still": ["same"] * 4, "late": twice, "done": ["some", ""]}
    still = settled(looks)
    assert [each.field for each in still.differences] == ["same", "then"]
    assert (still.looked_at, still.unsettled, still.more) == (4, 0, False)


@pytest.mark.parametrize(
    ("looks", "passed"), [(map(str, count(1)), True), (repeat("same"), False)], ids=["moves", "not done"]
)
def test_what_may_be_on_its_way_is_unsettled(looks: Iterable[str], passed: bool) -> None:
    moving = settled({"video": looks}, passed)
    assert (moving.differences, moving.unsettled) == ([], 1)


def test_only_so_many_that_differ_are_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suspects, "MOST", 2)
    several = settled({f"v{number}": repeat("same") for number in range(4)})
    assert (several.looked_at, several.more, len(several.differences)) == (2, True, 2)


class Untold:
    """Nobody wants to know how far it is."""

    def stage(self, what: str, steps: int | None = None) -> None: ...

    def step(self, count: int = 1) -> None: ...
