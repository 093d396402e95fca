"""The audit proves the changes that are kept, and their numbers."""

import pytest

from streams import keys
from streams.chronicle import KEPT
from streams.domain.status import Counts
from tests.support.audited import audited, found
from tests.support.broken import (
    FIRST,
    IS_KEPT,
    SECOND,
    V1,
    Break,
    add,
    broken,
    but,
    change,
    lose,
    lose_all,
    set_,
    system,
)
from tests.support.events import posted, stocked
from tests.support.simulation import Simulation

WRONG: dict[str, tuple[Break, set[tuple[str, str]]]] = {
    "all changes are lost": (
        lose_all("changes"),
        {("changes", str(version)) for version in range(1, 7)},
    ),
    "the numbers are lost": (lose_all("numbers"), {("numbers", "go on after its changes")}),
    "a change is lost": (lose("changes", FIRST), {("changes", "1")}),
    "a change is another's": (
        change("changes", FIRST, but(video_id="v2")),
        {("changes", "1.video_id"), ("changes", IS_KEPT)},
    ),
    "a change counts wrong": (change("changes", SECOND, but(after=Counts(7, 1))), {("changes", "2.after.0")}),
    "a change moved nothing": (
        change("changes", FIRST, but(moves=())),
        {("changes", "1.moves.p1"), ("changes", "1.moves.p2")},
    ),
    "a change too many": (add("changes", keys.numbered("c1", 99), FIRST), {("changes", IS_KEPT)}),
}  # fmt: skip


@pytest.mark.parametrize(("break_", "expected"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_found(break_: Break, expected: set[tuple[str, str]]) -> None:
    assert found(broken(break_)) == expected


def test_more_changes_than_are_kept_are_right() -> None:
    simulation = Simulation()
    simulation.tell(
        posted("v1", "p1"), *(stocked("p1", level % 2, at=100 + level) for level in range(KEPT + 5))
    )
    assert audited(simulation) == []


def test_changes_from_before_they_were_kept_are_not_missed() -> None:
    simulation = system()
    lose_all("changes")(simulation)
    for key in (V1, keys.pair("c1", "v2"), keys.pair("c2", "v3")):
        change("videos", key, set_("history", []))(simulation)
    assert audited(simulation) == []
