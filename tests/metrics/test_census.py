"""The numbers of links, reviews and timers are those that a scan of the state finds, whatever happened."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given

from streams import folded
from streams.domain.status import IN_REVIEW
from streams.domain.video import Video
from streams.folded import HOUR_MS
from streams.metrics import census, tally
from streams.metrics import declarations as declared
from streams.metrics.instruments import Instruments
from streams.metrics.readings import ages, oldest_s, read_links
from streams.topology import LINKS
from tests.metrics.observed import Observed
from tests.properties import chance
from tests.properties.scenarios import Scenario, scenarios
from tests.support.events import decided, deleted, free, invited, moderated, posted, stocked
from tests.support.simulation import NOW, Crash


@pytest.fixture(autouse=True, scope="module")
def small_steps() -> Iterator[None]:
    """Walks of one entry at a time, and reviews that date from a millisecond."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(census, "_AT_ONCE", 1)
        patch.setattr(tally, "HOUR_MS", 1)
        patch.setattr(folded, "HOUR_MS", 1)
        patch.setattr(tally, "_FIRST", 0)
        patch.setattr(chance, "Simulation", Observed)
        yield


def scanned(simulation: Observed) -> tuple[Counter[str], Counter[str], Counter[int], int]:
    """Links by status, by issue, reviews by beginning, timers: by looking at all there is."""
    links: Counter[str] = Counter()
    issues: Counter[str] = Counter()
    reviews: Counter[int] = Counter()
    timers = 0
    for task in simulation.tasks:
        if task.spec.name != LINKS:
            continue
        timers += len(task.memory.tables["timers"])
        codec = task.spec.tables[0].codec
        for video in map(codec.decode, task.memory.tables["videos"].values()):
            assert isinstance(video, Video)
            for link in video.statuses:
                links[link.status] += 1
                issues.update(link.issues)
                if link.status == IN_REVIEW and video.registration is not None:
                    reviews[video.registration.occurred_at] += 1
    return links, issues, reviews, timers


def counted(simulation: Observed) -> tuple[Counter[str], Counter[str], Counter[int], int]:
    found = simulation.census
    while found.uncounted:
        found.step()
    return +found.links, +found.issues, +found.reviews, found.timers


@given(scenarios())
def test_as_a_scan_finds_them(scenario: Scenario) -> None:
    simulation = chance.wild(scenario, (Crash.BEFORE_OUTPUTS, Crash.BEFORE_OFFSETS)).simulation
    assert isinstance(simulation, Observed)
    assert counted(simulation) == scanned(simulation)


def test_what_is_counted_is_kept_count_of() -> None:
    simulation = Observed()
    simulation.tell(posted("v1", "p1", "p2"), posted("v2", free("p1")))
    counted(simulation)
    for event in (
        stocked("p1", 0),
        decided("p2", "rejected"),
        stocked("p1", 5, at=40),
        moderated("v2", "approved"),
        posted("v1", "p1", at=1),
        deleted("v1"),
    ):
        simulation.tell(event)
        assert counted(simulation) == scanned(simulation), event


def test_an_earlier_registration_dates_a_review_back() -> None:
    simulation = Observed()
    simulation.tell(posted("v1", "p1", "p2", at=700))
    counted(simulation)
    assert simulation.census.reviews == {700: 2}
    simulation.tell(posted("v1", "p1", "p2", at=300))
    assert counted(simulation) == scanned(simulation)
    assert simulation.census.reviews == {300: 2}


def test_a_partition_is_left_out_until_it_is_counted() -> None:
    simulation = Observed(partitions=1)
    simulation.tell(posted("v1", "p1"), posted("v2", free("p2")), invited("p3", NOW + 5))
    before = counted(simulation)
    simulation.restart()
    assert simulation.census.uncounted == 1
    assert not simulation.census.links
    simulation.tell(decided("p1", "rejected"))
    assert counted(simulation) == scanned(simulation) != before


def test_changes_are_kept_only_while_they_may_be_found_again() -> None:
    simulation = Observed(partitions=1)
    step: Any = next(task.step for task in simulation.tasks if task.spec.name == LINKS)
    assert step.folded.remembers
    simulation.tell(posted("v1", "p1"))
    assert counted(simulation) == scanned(simulation)
    assert not step.folded.remembers
    assert not step.folded.changed
    simulation.tell(decided("p1", "rejected"))
    assert counted(simulation) == scanned(simulation)


def test_partitions_that_went_are_forgotten() -> None:
    simulation = Observed(partitions=2)
    simulation.tell(*[posted(f"v{number}", "p1", creator=f"c{number}") for number in range(8)])
    counted(simulation)
    kept = {(step, partition) for step, partition in simulation.ids if partition == 0 or step != LINKS}
    simulation.watch.keep(kept)
    alone = scanned(simulation)[0].total()
    assert 0 < simulation.census.links.total() < alone


def test_timers_that_are_late() -> None:
    simulation = Observed()
    simulation.tell(invited("p1", NOW + 5), invited("p2", NOW + 9))
    assert counted(simulation)[-1] == 2
    assert simulation.watch.late_ms(NOW + 4) == 0
    assert simulation.watch.late_ms(NOW + 25) == 20
    simulation.wait_until(NOW + 6)
    assert simulation.census.timers == 1
    assert simulation.watch.late_ms(NOW + 25) == 16


def test_timers_of_partitions_that_went_are_not_late() -> None:
    simulation = Observed(partitions=2)
    simulation.tell(*(invited("p1", NOW + 5 + number, creator=f"c{number}") for number in range(8)))
    assert simulation.watch.late_ms(NOW + 25) == 20
    simulation.watch.keep(simulation.ids)
    assert simulation.watch.late_ms(NOW + 25) == 20
    simulation.watch.keep([])
    assert simulation.watch.late_ms(NOW + 25) == 0


def test_reviews_are_as_old_as_is_told_at_the_least() -> None:
    now = 100 * HOUR_MS + 7_000
    reviews = {100: 1, 99: 2, 98: 4, 75: 8}
    assert ages(reviews, now) == {"0s": 15, "1h": 12, "1d": 8, "3d": 0, "7d": 0}
    assert [oldest_s(each, now) for each in (reviews, {100: 1}, {})] == [24 * 3600 + 7, 0, 0]


def test_nothing_is_told_of_links_until_all_are_counted() -> None:
    simulation, instruments = Observed(), Instruments()
    read_links(instruments, simulation.census, lambda: NOW)
    simulation.tell(posted("v1", "p1"))
    for counted_ in (False, True):
        assert bool(simulation.census.uncounted) is not counted_
        for each in (declared.LINKS, declared.LINK_ISSUES, declared.OPEN_REVIEWS, declared.TIMERS):
            assert bool(instruments.reads[each.name]()) is counted_, each.name
        counted(simulation)
