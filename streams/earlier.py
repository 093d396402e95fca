"""State of format 1 as that of format 2: values as MessagePack has them, lists of fields.

A fact had the name of its topic, a link its status and issues in words.
"""

from typing import Any

from streams.domain.issues import BY_CODE, IN_REVIEW_MARK
from streams.domain.status import IN_REVIEW

Value = list[Any]


def video(old: Value) -> Value:
    """Of `streams.domain.video.Video`."""
    registration, deletion, title, links, statuses, version, *rest = old
    marks = dict(map(_marked, statuses))
    new = [_fact(registration), _fact(deletion), title, links]
    new += [bytes([marks[product_id] for product_id, *_ in links]) if marks else b"", version]
    if rest:
        rest[0] = _facet(rest[0])
    if len(rest) > 1:
        rest[1] = {product_id: _facet(verdict) for product_id, verdict in rest[1].items()}
    return new + rest


def product(old: Value) -> Value:
    """Of `streams.domain.product.Product`."""
    *facets, videos = old
    return [*map(_facet, facets), videos]


def change(old: Value) -> Value:
    """Of `streams.domain.change.Change`."""
    video_id, version, fact, *rest, moves = old
    return [video_id, version, _fact(fact), *rest, [_moved(*move) for move in moves]]


def stock(old: Value) -> Value:
    """Of `streams.domain.facets.Stock`."""
    return [_fact(old[0]), *old[1:]]


def fan_out(old: Value) -> Value:
    """Of `streams.fanouts.FanOut`."""
    return [stock(old[0]), *old[1:]]


def same(old: Any) -> Any:
    """Of what is stored as before."""
    return old


def _fact(old: Value | None) -> Value | None:
    if old is None:
        return None
    occurred_at, event_id, kind, (_, partition, offset) = old
    return [occurred_at, event_id, kind, partition, offset]


def _facet(old: Value | None) -> Value | None:
    return None if old is None else [_fact(old[0]), *old[1:]]


def _moved(before: Value | None, after: Value | None) -> Value:
    marks = [None if link is None else _marked(link)[1] for link in (before, after)]
    product_id = (after or before or [""])[0]
    return [product_id, *marks]


def _marked(link: Value) -> tuple[str, int]:
    product_id, status, codes = link
    issues = sum(BY_CODE[code].mark for code in codes)
    return product_id, issues or (IN_REVIEW_MARK if status == IN_REVIEW else 0)
