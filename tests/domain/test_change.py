"""What of a video's links moved."""

from streams.domain.change import Move, moves
from streams.domain.status import LinkStatus

REVIEW = LinkStatus("p1", "in_review")
REJECTED = LinkStatus("p1", "needs_attention", ("rejected_by_seller",))
BOTH = LinkStatus("p1", "needs_attention", ("rejected_by_seller", "product_out_of_stock"))
OTHER = LinkStatus("p2", "approved")


def test_only_what_differs_in_posted_order() -> None:
    assert moves([REVIEW, OTHER], [REVIEW, OTHER]) == ()
    assert moves([REVIEW, OTHER], [REJECTED, OTHER]) == (Move(REVIEW, REJECTED),)
    assert moves([], [OTHER, REVIEW]) == (Move(None, OTHER), Move(None, REVIEW))


def test_links_that_went_come_last() -> None:
    assert moves([REVIEW, OTHER], []) == (Move(REVIEW, None), Move(OTHER, None))
    assert moves([REVIEW], [OTHER]) == (Move(None, OTHER), Move(REVIEW, None))
    assert moves([REVIEW, OTHER], [OTHER]) == (Move(REVIEW, None),)


def test_issues_that_came_and_went() -> None:
    assert (Move(REJECTED, BOTH).added, Move(REJECTED, BOTH).removed) == (["product_out_of_stock"], [])
    assert (Move(BOTH, REVIEW).added, Move(BOTH, REVIEW).removed) == ([], list(BOTH.issues))
    assert (Move(BOTH, None).removed, Move(None, BOTH).added) == (list(BOTH.issues), list(BOTH.issues))
    assert Move(REVIEW, None).product_id == Move(None, REVIEW).product_id == "p1"


def test_links_that_changed_places_moved_only_if_their_status_did() -> None:
    assert moves([REVIEW, OTHER], [OTHER, REVIEW]) == ()
    assert moves([REVIEW, OTHER], [OTHER, REJECTED]) == (Move(REVIEW, REJECTED),)
