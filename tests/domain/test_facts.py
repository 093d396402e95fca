"""Facts are ordered by (occurred_at, event_id)."""

import pytest

from tests.domain.build import fact


@pytest.mark.parametrize(
    ("new", "old", "stands"),
    [
        (fact(2, "a"), fact(1, "b"), True),
        (fact(1, "b"), fact(2, "a"), False),
        (fact(1, "b"), fact(1, "a"), True),
        (fact(1, "a"), fact(1, "b"), False),
        (fact(1, "a"), fact(1, "a"), False),
        (fact(1, "a", offset=9), fact(1, "a", offset=1), False),
        (fact(1, "B"), fact(1, "a"), False),
        (fact(1, "10"), fact(1, "9"), False),
        (fact(10, "a"), fact(9, "a"), True),
    ],
    ids=["later", "earlier", "tie, later id", "tie, earlier id", "same event", "same event elsewhere",
         "ids by code point", "ids are no numbers", "times are numbers"],
)  # fmt: skip
def test_the_later_fact_stands(new: object, old: object, stands: bool) -> None:
    assert new.supersedes(old) is stands  # type: ignore[attr-defined]


def test_any_fact_stands_against_none() -> None:
    assert fact(0).supersedes(None)


@pytest.mark.parametrize(
    ("other", "same"),
    [(fact(1, "a", offset=7), True), (fact(1, "b"), False), (fact(2, "a"), False), (None, False)],
)
def test_two_records_of_one_event_are_the_same_event(other: object, same: bool) -> None:
    assert fact(1, "a").same_event(other) is same  # type: ignore[arg-type]
