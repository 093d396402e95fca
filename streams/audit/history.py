"""The changes that are kept of a video, and what they should be: they lead to the links that it has now."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from streams.audit.expect import Body
from streams.domain.change import Change
from streams.domain.issues import BY_CODE, IN_REVIEW_MARK
from streams.domain.status import IN_REVIEW, Counts

Marks = dict[str, int]
"""The marks of links, by product."""

History = dict[int, Body | None]
"""Changes by the version that each made."""


def kept(version: int, changes: Sequence[Change | None]) -> History:
    """What is kept of a video that is at `version`; `changes`, the oldest first, are None where missing."""
    return {number: _told(change) if change else None for number, change in _numbered(version, changes)}


def expected(video_id: str, version: int, changes: Sequence[Change | None], shown: Body | None) -> History:
    """The same, as it should be where video-status should be `shown`.

    Each change is taken back from the links that it led to. Beyond one that is missing, or another's, nobody
    knows the links, and only the names of the others are expected.
    """
    marks: Marks | None = _marks(shown)
    history: History = {}
    for number, change in _numbered(version, changes):
        named = {"video_id": video_id, "version": number}
        if change is None or (change.video_id, change.version) != (video_id, number):
            marks = None
        if change is None or marks is None:
            history[number] = {**(_told(change) if change else {}), **named}
            continue
        before = {} if number == 1 else _taken_back(marks, change)
        deleted = number == version and shown is None
        history[number] = {
            **named,
            "before": None if number == 1 else _counted(before.values()),
            "after": None if deleted else _counted(marks.values()),
            "moves": _moves(before, marks),
        }
        marks = before
    return history


def _numbered(version: int, changes: Sequence[Change | None]) -> Iterator[tuple[int, Change | None]]:
    """The newest first: it made the video's version, each other one the version before."""
    return zip(range(version, 0, -1), reversed(changes), strict=False)


def _told(change: Change) -> Body:
    return {
        "video_id": change.video_id,
        "version": change.version,
        "before": change.before and _counts(change.before),
        "after": change.after and _counts(change.after),
        "moves": {move.product_id: [move.before, move.after] for move in change.moves},
    }


def _moves(before: Marks, after: Marks) -> dict[str, list[int | None]]:
    marks = {product: [before.get(product), after.get(product)] for product in before | after}
    return {product: [old, new] for product, (old, new) in marks.items() if old != new}


def _counts(counts: Counts) -> list[int]:
    return [counts.in_review, counts.need_attention]


def _counted(marks: Collection[int]) -> list[int]:
    in_review = sum(mark == IN_REVIEW_MARK for mark in marks)
    return [in_review, sum(mark > IN_REVIEW_MARK for mark in marks)]


def _marks(shown: Body | None) -> Marks:
    return {link["product_id"]: _mark(link) for link in (shown["links"] if shown else [])}


def _mark(link: Body) -> int:
    issues = sum(BY_CODE[issue["code"]].mark for issue in link["issues"])
    return issues or int(link["status"] == IN_REVIEW) * IN_REVIEW_MARK


def _taken_back(marks: Marks, change: Change) -> Marks:
    """The links before a change that led to `marks`."""
    earlier: dict[str, Any] = {**marks, **{move.product_id: move.before for move in change.moves}}
    return {product: mark for product, mark in earlier.items() if mark is not None}
