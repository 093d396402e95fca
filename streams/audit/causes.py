"""What may have made a change that is kept: a fact of the kind that moves what moved, none later than
the one that stands.

Which one it was cannot be said: it may stand no more.
"""

from streams.audit.expect import Stands, effective
from streams.audit.facts import DECIDED, DELETED, INVITED, LEVEL, POSTED, VERDICT, Standing, rank
from streams.domain.change import Change, Move
from streams.domain.facts import Fact
from streams.domain.issues import BY_CODE, codes

_FACETS = {
    "seller_decision": "application",
    "invite_expiry": "invite",
    "inventory_level": "stock",
    "moderation_verdict": "moderation",
}
_END_REVIEW = {"application", "moderation"}


def may_have_made(stands: Stands, creator: str, video: str, change: Change) -> bool:
    """Whether the cause of a change of the creator's video is one that it may have."""
    fact = change.fact
    if change.occurred_at != fact.occurred_at and fact.type != "invite_expiry":
        return False  # only what a deadline makes occurs when it passes
    if fact.type == "video_posted":
        first = stands(POSTED, creator, video)
        return change.after is not None and first is not None and first.rank <= rank(fact)
    if fact.type == "video_deleted":
        return change.after is None and _not_later(fact, stands(DELETED, creator, video))
    return change.after is not None and all(
        _moves(_FACETS[fact.type], move) and _not_later(fact, _standing(stands, creator, video, fact, move))
        for move in change.moves
    )


def _moves(facet: str, move: Move) -> bool:
    if move.before is None or move.after is None:
        return False  # links come and go with their video
    moved = {BY_CODE[code].facet for code in codes(move.before ^ move.after)}
    return moved == {facet} if moved else facet in _END_REVIEW


def _standing(stands: Stands, creator: str, video: str, fact: Fact, move: Move) -> Standing | None:
    product = move.product_id
    match fact.type:
        case "seller_decision":
            return stands(DECIDED, creator, product)
        case "invite_expiry":
            return stands(INVITED, creator, product)
        case "inventory_level":
            return stands(LEVEL, product)
    whole, own = (stands(VERDICT, creator, video, each) for each in (None, product))
    return effective(whole, own)


def _not_later(fact: Fact, standing: Standing | None) -> bool:
    return standing is not None and rank(fact) <= standing.rank
