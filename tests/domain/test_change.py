"""What of a video's links moved."""

from streams.domain.change import Move, moves
from streams.domain.issues import BY_CODE, IN_REVIEW_MARK
from streams.domain.status import LinkStatus

REJECTION, OUT = (BY_CODE[code].mark for code in ("rejected_by_seller", "product_out_of_stock"))
REVIEW = LinkStatus("p1", IN_REVIEW_MARK)
REJECTED = LinkStatus("p1", REJECTION)
OTHER = LinkStatus("p2", 0)


def move(before: LinkStatus, after: LinkStatus) -> Move:
    return Move(before.product_id, before.mark, after.mark)


def came(link: LinkStatus) -> Move:
    return Move(link.product_id, None, link.mark)


def went(link: LinkStatus) -> Move:
    return Move(link.product_id, link.mark, None)


def test_only_what_differs_in_posted_order() -> None:
    assert moves([REVIEW, OTHER], [REVIEW, OTHER]) == ()
    assert moves([REVIEW, OTHER], [REJECTED, OTHER]) == (move(REVIEW, REJECTED),)
    assert moves([], [OTHER, REVIEW]) == (came(OTHER), came(REVIEW))


def test_links_that_went_come_last() -> None:
    assert moves([REVIEW, OTHER], []) == (went(REVIEW), went(OTHER))
    assert moves([REVIEW], [OTHER]) == (came(OTHER), went(REVIEW))
    assert moves([REVIEW, OTHER], [OTHER]) == (went(REVIEW),)


def test_issues_that_came_and_went() -> None:
    both = Move("p1", REJECTION, REJECTION | OUT)
    assert (both.added, both.removed) == (("product_out_of_stock",), ())
    well = Move("p1", REJECTION | OUT, IN_REVIEW_MARK)
    assert (well.added, well.removed) == ((), ("rejected_by_seller", "product_out_of_stock"))
    assert (
        Move("p1", REJECTION | OUT, None).removed == Move("p1", None, REJECTION | OUT).added == well.removed
    )


def test_links_that_changed_places_moved_only_if_their_status_did() -> None:
    assert moves([REVIEW, OTHER], [OTHER, REVIEW]) == ()
    assert moves([REVIEW, OTHER], [OTHER, REJECTED]) == (move(REVIEW, REJECTED),)
