"""The history of a video: its changes with their causes, and the time in each status."""

from streams.chronicle import KEPT
from streams.domain.change import Change
from streams.domain.facts import Fact
from streams.domain.status import Counts
from streams.web.history import time_in_status
from tests.support.events import posted, stocked
from tests.support.simulation import NOW
from tests.support.sinks import changes
from tests.web.site import Site, served

HISTORY = "/v1/creators/c1/videos/v1/history"


@served
async def test_newest_first_with_causes(site: Site) -> None:
    site.tell(posted("v1", "p1", "p2"), stocked("p1", 0), stocked("p1", 3, at=30))
    body = (await site.get(HISTORY)).json
    published = changes(site.simulation)
    assert [change["version"] for change in body["changes"]] == [3, 2, 1]
    for told, record in zip(body["changes"], reversed(published), strict=True):
        assert (told["event_id"], told["before"], told["after"]) == (
            record["event_id"],
            record["before"],
            record["after"],
        )
        assert record["cause"].items() <= told["cause"].items()
    assert body["complete"] is True
    assert body["changes"][2]["cause"]["text"] == "The video was posted"


@served
async def test_the_last_fifty(site: Site) -> None:
    site.tell(posted("v1", "p1"))
    for number in range(KEPT + 10):
        site.simulation.tell(stocked("p1", number % 2, at=100 + number))
    body = (await site.get(HISTORY)).json
    assert [change["version"] for change in body["changes"]] == list(range(KEPT + 11, 11, -1))
    assert body["complete"] is False


@served
async def test_changes_that_are_lost_are_left_out(site: Site) -> None:
    site.tell(posted("v1", "p1"), stocked("p1", 0))
    (kept,) = [
        task.memory.tables["changes"] for task in site.simulation.tasks if task.memory.tables.get("changes")
    ]
    for left in ([2], []):
        kept.pop(min(kept))
        answer = await site.get(HISTORY)
        assert (answer.status, answer.json["complete"]) == (200, False)
        assert [change["version"] for change in answer.json["changes"]] == left


@served
async def test_time_in_each_status(site: Site) -> None:
    site.tell(posted("v1", "p1"))
    for number, moment in enumerate((NOW + 5_000, NOW + 7_000, NOW + 8_500)):
        site.simulation.now = moment
        site.tell(stocked("p1", number % 2, at=100 + number))
    site.simulation.now = NOW + 10_000
    spent = (await site.get(HISTORY)).json["time_in_status"]
    assert {each["status"]: each["seconds"] for each in spent} == {"in_review": 6.5, "needs_attention": 3.5}


def test_a_clock_that_went_back_counts_nothing() -> None:
    fact = Fact(0, "e", "inventory_level", 0, 0)
    review, attention = Counts(1, 0), Counts(0, 1)
    went = [
        Change("v", 1, fact, 0, 100, None, review, ()),
        Change("v", 2, fact, 0, 50, review, attention, ()),
    ]
    assert time_in_status(went, 70) == {"in_review": 0, "needs_attention": 20}
