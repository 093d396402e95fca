"""Every fact of a link that the log holds, and its part: beside state that was folded from the same log."""

import asyncio
from typing import Any, NamedTuple, cast

import msgspec.json
import pytest
from aiokafka.structs import OffsetAndTimestamp, TopicPartition

from streams import fact_log, queries, topology
from streams.commands.progress import Progress
from streams.domain.explain import explain
from streams.domain.known import CONFIRMS, SUPERSEDED, WAITING, Told
from streams.intake import Arrival
from streams.queries import LinkId
from streams.runtime.partitioner import partition_for
from streams.runtime.view import View
from streams.topics import Topics
from tests.support.broker import Stored
from tests.support.events import decided, invited, moderated, posted, stocked
from tests.support.simulation import LIMIT, NOW, Simulation

LINK = LinkId("c1", "v1", "p1")


def gathered(simulation: Simulation, link: LinkId = LINK) -> Told:
    """What the whole log holds of a link."""
    topics = Topics.load()
    counts = {topics.full_name(topic.name): simulation.broker.partitions for topic in topics}
    gathering = fact_log.Gathering(link, simulation.now)
    homes = fact_log.homes(link, topology.routes(topics, LIMIT), counts)
    for place, intake in homes.items():
        records = simulation.broker.log(place.topic, place.partition)
        gathering.take(fact_log.arrivals(intake, place, records, link))
    return gathering.told()


def explained(simulation: Simulation, link: LinkId = LINK) -> list[tuple[str, str, str, str | None]]:
    """Facet, value, role and event of each fact, by the log and the state as it is now."""
    partition = partition_for(link.creator_id.encode(), simulation.broker.partitions)
    (task,) = [
        task for task in simulation.tasks if (task.spec.name, task.partition) == (topology.LINKS, partition)
    ]
    view = View(task.spec, partition, simulation.broker.partitions, task.memory)
    video = queries.video(view, link.creator_id, link.video_id)
    assert video is not None
    facets = queries.facets(view, link.creator_id, video, link.product_id)
    assert facets is not None
    known = explain(video, facets, gathered(simulation, link).facts).known
    return [(each.facet, each.value, each.role, each.fact.event_id if each.fact else None) for each in known]


def test_every_fact_of_the_link_and_none_of_another() -> None:
    simulation = Simulation()
    simulation.tell(
        decided("p1", "approved", at=3),  # before the link
        posted("v1", "p1", "p2"),
        posted("v2", "p1"),
        decided("p1", "rejected", at=20),
        decided("p1", "rejected", at=19),  # late: it never stood
        decided("p2", "approved", at=21),
        decided("p1", "approved", at=22, creator="c2"),
        moderated("v1", "approved", at=5),
        moderated("v1", "approved", at=6),  # says nothing new
        moderated("v2", "violation", at=7),
        moderated("v1", "violation", at=8, product="p2"),
        invited("p1", NOW - 1, at=9),
        invited("p1", NOW + 1, at=10),
        stocked("p1", 0, at=11),
        stocked("p2", 0, at=12),
    )
    assert explained(simulation) == [
        ("moderation", "approved", "clear", "verdict-v1-all-6"),
        ("moderation", "approved", SUPERSEDED, "verdict-v1-all-5"),
        ("application", "rejected", "decides", "decision-p1-20"),
        ("application", "rejected", SUPERSEDED, "decision-p1-19"),
        ("application", "approved", SUPERSEDED, "decision-p1-3"),
        ("invite", "active", "clear", "invite-p1-10"),
        ("invite", "expired", SUPERSEDED, "invite-p1-9"),
        ("stock", "out_of_stock", "masked", "stock-p1-11"),
    ]


def test_what_no_worker_has_processed_waits() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1"), decided("p1", "rejected", at=20))
    simulation.send(
        decided("p1", "approved", at=30),
        decided("p1", "approved", at=31),
        decided("p1", "approved", at=1),
        moderated("v1", "approved", at=40, product="p1"),
        stocked("p1", 0, at=50),
    )
    waiting = [each for each in explained(simulation) if each[2] == WAITING]
    assert waiting == [
        ("moderation", "approved", WAITING, "verdict-v1-p1-40"),
        ("application", "approved", WAITING, "decision-p1-31"),
        ("stock", "out_of_stock", WAITING, "stock-p1-50"),
    ]
    simulation.pump()
    assert not [each for each in explained(simulation) if each[2] == WAITING]


def test_a_level_that_creators_do_not_hear_of_confirms_what_stands() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1"), *(stocked("p1", level, at=20 + level) for level in (0, 5, 4, 3)))
    stock = [each[1:] for each in explained(simulation) if each[0] == "stock"]
    assert stock == [
        ("in_stock", "clear", "stock-p1-25"),
        ("in_stock", SUPERSEDED, "stock-p1-24"),
        ("in_stock", SUPERSEDED, "stock-p1-23"),
        ("out_of_stock", SUPERSEDED, "stock-p1-20"),
    ]
    simulation.tell(stocked("p1", 2, at=30))
    assert ("stock", "in_stock", CONFIRMS, "stock-p1-30") in explained(simulation)


def test_records_astray_keep_the_place_where_they_came_in() -> None:
    simulation = Simulation()
    simulation.tell(posted("v1", "p1"))
    home = partition_for(b"c1", simulation.broker.partitions)
    for at in (20, 21):
        event = decided("p1", "rejected", at=at)
        simulation.publish("seller-decisions", None, msgspec.json.encode(event), partition=(home + 1) % 4)
    simulation.pump()
    facts = [each.fact for each in gathered(simulation).facts if each.fact]
    assert [(fact.type, fact.partition, fact.offset) for fact in facts] == [
        ("seller_decision", (home + 1) % 4, 0),
        ("seller_decision", (home + 1) % 4, 1),
    ]
    assert [each[2:] for each in explained(simulation) if each[0] == "application"] == [
        ("decides", "decision-p1-21"),
        (SUPERSEDED, "decision-p1-20"),
    ]


def test_ids_are_found_however_json_spells_them() -> None:
    simulation = Simulation()
    escaped = msgspec.json.encode(decided("p1", "rejected")).replace(b'"p1"', rb'"p\u0031"')
    simulation.publish("seller-decisions", b"c1", escaped)
    simulation.publish("seller-decisions", b"c1", b'{"product_id": "p1"')
    simulation.publish("seller-decisions", b"c1", None)
    assert [each.value for each in gathered(simulation).facts] == ["rejected"]


def arrival(at: int) -> Arrival:
    """A decision at this time, whose record came at it, too."""
    simulation = Simulation()
    (record,) = simulation.send(decided("p1", "approved", at=at))
    topics = Topics.load()
    counts = {topics.full_name(topic.name): simulation.broker.partitions for topic in topics}
    place = TopicPartition("seller-decisions", partition_for(b"c1", simulation.broker.partitions))
    intake = fact_log.homes(LINK, topology.routes(topics, LIMIT), counts)[place]
    return fact_log.arrivals(intake, place, [record._replace(timestamp=at)], LINK)[0]


def test_of_too_many_facts_the_last_are_kept_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fact_log, "MOST", 2)
    gathering = fact_log.Gathering(LINK, NOW)
    gathering.take([arrival(at) for at in (5, 9, 7)])
    facts, _, since = gathering.told()
    assert sorted(each.fact.occurred_at for each in facts if each.fact) == [7, 9]
    assert since == 7


def test_how_far_it_reaches() -> None:
    gathering = fact_log.Gathering(LINK, NOW)
    assert gathering.told().since is None
    gathering.begin_at(7)
    gathering.begin_at(5)
    assert gathering.told().since == 7


class Read(NamedTuple):
    """A consumer's view of logs of which one lost its beginning, and one had nothing since a moment."""

    ends: dict[TopicPartition, int]
    beginnings: dict[TopicPartition, int]
    since: dict[TopicPartition, int | None]

    async def beginning_offsets(self, _: object) -> dict[TopicPartition, int]:
        return self.beginnings

    async def end_offsets(self, _: object) -> dict[TopicPartition, int]:
        return self.ends

    async def offsets_for_times(self, _: object) -> dict[TopicPartition, OffsetAndTimestamp | None]:
        return {tp: None if at is None else OffsetAndTimestamp(at, 0) for tp, at in self.since.items()}

    def assign(self, _: object) -> None: ...

    def seek(self, *_: object) -> None: ...

    def pause(self, *_: object) -> None: ...

    async def getmany(self, *tps: TopicPartition, **_: object) -> dict[TopicPartition, list[Stored]]:
        return {tp: [Stored(0, self.ends[tp] - 1, None, b"{}", [], 70)] for tp in tps}

    async def position(self, tp: TopicPartition) -> int:
        return self.ends[tp]


@pytest.mark.parametrize(
    ("beginning", "start", "asked", "known_since"),
    [
        (0, 0, None, None),
        (0, 0, 50, None),
        (0, 3, 50, 50),
        (0, None, 50, 50),  # nothing came since
        (3, 3, None, 70),
        (3, 3, 50, 70),
    ],
)
def test_what_was_asked_for_is_reached_also_where_nothing_came(
    beginning: int, start: int | None, asked: int | None, known_since: int | None
) -> None:
    topics = Topics.load()
    homes = fact_log.homes(LINK, topology.routes(topics, LIMIT), {each.name: 1 for each in topics})
    here, *others = homes
    consumer = Read(
        {here: 5} | dict.fromkeys(others, 0),
        {here: beginning} | dict.fromkeys(others, 0),
        {here: start} | dict.fromkeys(others, None),
    )
    with Progress(quiet=True) as progress:
        told = asyncio.run(fact_log.told(cast(Any, consumer), homes, LINK, asked, progress))
    assert told.since == known_since
