"""Entries of the tables, and facts, in the words in which they are compared."""

from collections.abc import Iterable
from typing import Any

from streams.audit.expect import Body
from streams.audit.facts import Standing, rank
from streams.domain.facets import Stock
from streams.domain.product import Product
from streams.domain.video import Video


def video(entry: Video) -> Body:
    """An entry of the table of videos."""
    verdicts = {"": entry.verdict, **entry.link_verdicts}
    return {
        "registration": entry.registration and [*rank(entry.registration)],
        "deleted": entry.deletion is not None,
        "title": entry.title,
        "links": [[link.product_id, link.approval_required, link.seller_id] for link in entry.links],
        "statuses": [_status(each.product_id, each.status, each.issues) for each in entry.statuses],
        "verdicts": {
            name: [*rank(each.fact), each.violation, each.policy, each.reason]
            for name, each in verdicts.items()
            if each
        },
    }


def expected_video(
    posted: Standing | None, deleted: bool, shown: Body | None, verdicts: dict[str, Standing]
) -> Body | None:
    """The same, as the facts have it; None where none speaks of the video. `shown`: its video-status."""
    if posted is None and not deleted and not verdicts:
        return None
    links = posted.says["links"] if posted and shown else []
    codes = [
        (link["product_id"], link["status"], [issue["code"] for issue in link["issues"]])
        for link in (shown["links"] if shown else [])
    ]
    return {
        "registration": posted and list(posted.rank),
        "deleted": deleted,
        "title": shown["title"] if shown else "",
        "links": links,
        "statuses": [_status(*each) for each in codes],
        "verdicts": {}
        if deleted
        else {
            name: [*each.rank, *(each.says[field] for field in ("violation", "policy", "reason"))]
            for name, each in verdicts.items()
        },
    }


def product(entry: Product) -> Body:
    """An entry of the table of products; its videos are compared one by one."""
    application, invite = entry.application, entry.invite
    return {
        "decision": application and [*rank(application.fact), application.approved, application.reason],
        "invite": invite and [*rank(invite.fact), invite.expires_at, invite.expired],
        "out_of_stock": entry.stock is not None and entry.stock.available == 0,
    }


def expected_product(
    decision: Standing | None, invite: Standing | None, level: Standing | None, linked: bool, now: int
) -> Body | None:
    """The same, as the facts have it; None where nothing is known. `linked`: a video links it."""
    if decision is None and invite is None and not linked:
        return None
    expiry = invite.says["expires_at"] if invite else 0
    return {
        "decision": decision and [*decision.rank, decision.says["approved"], decision.says["reason"]],
        "invite": invite and [*invite.rank, expiry, expiry <= now],
        "out_of_stock": linked and level is not None and level.says["available"] == 0,
    }


def stock(entry: Stock) -> Body:
    """An entry of the table of levels."""
    return {"level": [*rank(entry.fact), entry.available]}


def expected_stock(level: Standing | None) -> Body | None:
    """The same, as the facts have it."""
    return level and {"level": [*level.rank, level.says["available"]]}


def shown(body: Body | None) -> Body | None:
    """What video-status shows, without what depends on when it was made, and without texts."""
    return body and {name: _no_messages(value) for name, value in body.items() if name != "updated_at"}


def _status(product_id: str, status: str, codes: Iterable[str]) -> list[Any]:
    return [product_id, status, list(codes)]


def _no_messages(part: Any) -> Any:
    """Whatever it is: the record may be of somebody who does not know the contract."""
    if isinstance(part, list):
        return [_no_messages(each) for each in part]
    if isinstance(part, dict):
        return {name: _no_messages(value) for name, value in part.items() if name != "message"}
    return part
