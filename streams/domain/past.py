"""What a video's changes tell of facts that stand no more."""

from collections.abc import Iterator, Sequence

from streams.domain.change import Change
from streams.domain.issues import BY_CODE, codes
from streams.domain.known import CHANGES, WITH_ISSUE, WITHOUT, Known, Told

_FACETS = {
    "seller_decision": "application",
    "invite_expiry": "invite",
    "inventory_level": "stock",
    "moderation_verdict": "moderation",
}


def of_changes(product_id: str, history: Sequence[Change]) -> Told:
    """The facts that changed the link to the product, by the last changes of its video, the oldest first."""
    complete = not history or history[0].before is None
    return Told(list(_facts(product_id, history)), CHANGES, None if complete else history[0].processed_at)


def _facts(product_id: str, history: Sequence[Change]) -> Iterator[Known]:
    for change in history:
        move = next((move for move in change.moves if move.product_id == product_id), None)
        if move is None or move.after is None or change.fact.type not in _FACETS:
            continue
        facet = _FACETS[change.fact.type]
        has_issue = any(BY_CODE[code].facet == facet for code in codes(move.after))
        value = (WITH_ISSUE if has_issue else WITHOUT)[facet]
        yield Known(facet, None if facet == "moderation" else "product", value, fact=change.fact)
