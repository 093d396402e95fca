"""What the watch over stages does to the functions that it times."""

from bench.measures.stopwatch import COUNTING, Stopwatch
from streams.domain.change import Change, Move
from streams.domain.facts import Fact
from streams.domain.issues import IN_REVIEW_MARK
from streams.domain.status import Counts
from streams.folded import HOUR_MS, Folded

POSTED = Fact(7 * HOUR_MS, "e1", "video_posted", 0, 0)
MOVED = Move("p1", IN_REVIEW_MARK, 0)
CHANGE = Change("v1", 2, POSTED, 0, 0, Counts(1, 0), Counts(0, 0), (MOVED,))


def test_what_is_put_off_is_done_and_timed_when_it_is_caught_up() -> None:
    folded = Folded()
    with Stopwatch() as watch:
        folded.change(b"v1", POSTED, CHANGE, 0, (), ())
        assert not folded.reviews
        watch.catch_up()
        assert folded.reviews == {7: -1}
        watch.catch_up()
    assert folded.reviews == {7: -1}, "done once"
    assert watch.seconds[COUNTING] > 0


def test_functions_are_put_back() -> None:
    before = Folded.change
    with Stopwatch():
        assert Folded.change is not before
    assert Folded.change is before
