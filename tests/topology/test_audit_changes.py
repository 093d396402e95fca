"""The audit proves the changes that are kept, and their numbers."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from streams import keys
from streams.chronicle import KEPT, LAST
from streams.domain.change import Change
from streams.domain.status import Counts
from tests.support.audited import audited, found
from tests.support.broken import (
    DELETION,
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
from tests.support.simulation import NOW, Simulation


def caused_by(at: int | None = None, **fields: Any) -> Callable[[Change], Change]:
    """For `change`: another fact, and when that occurred."""
    return lambda entry: replace(
        entry, fact=replace(entry.fact, **fields), occurred_at=entry.occurred_at if at is None else at
    )


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
    "a change has another kind of cause": (
        change("changes", SECOND, caused_by(type="inventory_level")),
        {("changes", "2.cause can be its cause")},
    ),
    "a change has a cause of which nobody heard": (
        change("changes", SECOND, caused_by(occurred_at=NOW, at=NOW)),
        {("changes", "2.cause can be its cause")},
    ),
    "a video came before its registration": (
        change("changes", FIRST, caused_by(occurred_at=1, at=1)),
        {("changes", "1.cause can be its cause")},
    ),
    "a video came by a decision": (
        change("changes", FIRST, caused_by(type="seller_decision")),
        {("changes", "1.cause can be its cause")},
    ),
    "a decision came by a deletion": (
        change("changes", SECOND, caused_by(type="video_deleted")),
        {("changes", "2.cause can be its cause")},
    ),
    "a video went by its registration": (
        change("changes", DELETION, caused_by(type="video_posted")),
        {("changes", "2.cause can be its cause")},
    ),
    "a video went by a deletion of which nobody heard": (
        change("changes", DELETION, caused_by(occurred_at=NOW, at=NOW)),
        {("changes", "2.cause can be its cause")},
    ),
    "a change occurred at another time": (
        change("changes", SECOND, but(occurred_at=1)),
        {("changes", "2.cause can be its cause")},
    ),
    "a change too many": (add("changes", keys.numbered("c1", 99), FIRST), {("changes", IS_KEPT)}),
}  # fmt: skip


@pytest.mark.parametrize(("break_", "expected"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_found(break_: Break, expected: set[tuple[str, str]]) -> None:
    assert found(broken(break_)) == expected


def longer_than_kept() -> Simulation:
    """A system with a video of which some changes are not kept any more."""
    simulation = Simulation(partitions=2)
    simulation.tell(posted("v0", "p0"), posted("v1", "p1"))
    simulation.tell(*(stocked("p1", level % 2, at=100 + level) for level in range(KEPT + 5)))
    return simulation


def test_more_changes_than_are_kept_are_right() -> None:
    assert audited(longer_than_kept()) == []


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (lose("numbers", b"c1"), "tell how far changes were dropped"),
        (change("numbers", b"c1", lambda last: last - 2), "tell how far changes were dropped"),
        (change("numbers", LAST, lambda last: last - 1), "go on after its changes"),
    ],
)
def test_the_last_numbers_are_known(wrong: Break, what: str) -> None:
    simulation = longer_than_kept()
    wrong(simulation)
    assert found(simulation) == {("numbers", what)}


def test_changes_from_before_they_were_kept_are_not_missed() -> None:
    simulation = system()
    lose_all("changes")(simulation)
    for key in (V1, keys.pair("c1", "v2"), keys.pair("c2", "v3")):
        change("videos", key, set_("history", []))(simulation)
    assert audited(simulation) == []
