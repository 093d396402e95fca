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


def of_changes(product_id: str, version: int, history: Sequence[Change], now: int) -> Told:
    """The facts that changed the link to the product, by what is kept at `now` (epoch milliseconds) of the
    changes of its video, the oldest first. It is at `version`, so that one which is lost is missed.
    """
    return Told(list(facts(product_id, history)), CHANGES, _since(version, history, now))


def _since(version: int, history: Sequence[Change], now: int) -> int | None:
    newest_first = zip(range(version, 0, -1), reversed(history), strict=False)
    unbroken = [change.processed_at for number, change in newest_first if change.version == number]
    if len(unbroken) == version:
        return None
    return unbroken[-1] if unbroken else now


def facts(product_id: str, history: Sequence[Change]) -> Iterator[Known]:
    """The same facts alone."""
    for change in history:
        move = next((move for move in change.moves if move.product_id == product_id), None)
        if move is None or move.after is None or change.fact.type not in _FACETS:
            continue
        facet = _FACETS[change.fact.type]
        has_issue = any(BY_CODE[code].facet == facet for code in codes(move.after))
        value = (WITH_ISSUE if has_issue else WITHOUT)[facet]
        yield Known(facet, None if facet == "moderation" else "product", value, fact=change.fact)
