"""What upstream publishes: a mixed load, delivered twice, out of order, days late and astray, as told."""

import heapq
import itertools
import json
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

from bench.wholejob.events import Load, generate

_WEEK_MS = 7 * 24 * 3600 * 1000
_END_MS = 1_760_000_000_000
_PART = 5_000
PARTITIONS = 8


class Disorder(NamedTuple):
    """Shares of the records, from 0 to 1."""

    twice: float = 0.1
    late: float = 0.1
    """Reordered: anywhere after their place, up to a week after they happened."""

    astray: float = 0.1
    """On another partition than their key's."""

    bad: float = 0.01


CALM = Disorder(0.0, 0.0, 0.0, 0.0)
USUAL = Disorder()
TIDY = Disorder(astray=0.0)
"""In which at least once ends as the facts say (README, reliability)."""

STORM = Disorder(twice=0.3, late=0.3)


class Sent(NamedTuple):
    """A record to publish; without a partition it goes where murmur2 of its key says."""

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: list[tuple[str, bytes | None]] = []  # noqa: RUF012 (never changed)


def endless(seed: int, disorder: Disorder = USUAL) -> Iterator[Sent]:
    """Traffic for as long as it is wanted: part by part, each with videos and facts of its own."""
    for part in itertools.count():
        yield from traffic(seed + part, _PART, disorder, part=f"{part}-")


def traffic(
    seed: int, events: int, disorder: Disorder = USUAL, creators: int = 40, part: str = ""
) -> Iterator[Sent]:
    """`events` facts over a week as they arrive, with copies of some and rubbish in between.

    `part` goes before the ids of videos and facts.
    """
    chance = Random(seed)
    waiting: list[tuple[float, int, Sent]] = []
    for place, sent in enumerate(_facts(chance, seed, events, creators, part)):
        for _ in range(2 if chance.random() < disorder.twice else 1):
            late = chance.random() * (events - place) if chance.random() < disorder.late else 0.0
            heapq.heappush(waiting, (place + late, len(waiting) + place * 3, _astray(chance, sent, disorder)))
        if chance.random() < disorder.bad:
            yield _rubbish(chance)
        while waiting and waiting[0][0] <= place:
            yield heapq.heappop(waiting)[2]
    yield from (heapq.heappop(waiting)[2] for _ in range(len(waiting)))


def _facts(chance: Random, seed: int, events: int, creators: int, part: str) -> Iterator[Sent]:
    """Facts in the order in which they happened, over a week: videos come throughout, few are deleted."""
    videos = max(1, events * 8 // 100)
    size = Load(videos, events - videos, creators, products=max(100, creators * 2))
    bodies: list[tuple[str, str, dict[str, Any]]] = [
        (topic, key, json.loads(value)) for topic, key, value in generate(size, seed)
    ]
    chance.shuffle(bodies)
    for place, (topic, key, body) in enumerate(bodies):
        body |= {name: part + body[name] for name in ("event_id", "video_id") if name in body}
        body["occurred_at"] = _END_MS - _WEEK_MS + place * _WEEK_MS // events
        if body["type"] == "video_posted" and chance.random() < 0.05:
            yield from _other_registration(chance, body)
        yield Sent(topic, key.encode(), json.dumps(body).encode())
        if body["type"] == "video_posted" and chance.random() < 0.05:
            gone = {**body, "type": "video_deleted", "event_id": f"{body['event_id']}-gone"}
            yield Sent(topic, key.encode(), json.dumps(gone).encode())


def _other_registration(chance: Random, body: dict[str, Any]) -> Iterator[Sent]:
    """The same video posted with fewer links, somewhat earlier or later: the earlier stands."""
    at = body["occurred_at"] + chance.choice((-5, 5))
    other = {**body, "event_id": f"{body['event_id']}-again", "occurred_at": at, "links": body["links"][:1]}
    yield Sent("video-links", body["creator_id"].encode(), json.dumps(other).encode())


def _astray(chance: Random, sent: Sent, disorder: Disorder) -> Sent:
    if chance.random() >= disorder.astray:
        return sent
    key = chance.choice((sent.key, None, b"", b"\xff"))
    return sent._replace(key=key, partition=chance.randrange(PARTITIONS))


def _rubbish(chance: Random) -> Sent:
    topic = chance.choice(("video-links", "seller-decisions", "invite-expiries", "moderation", "inventory"))
    value = chance.choice(
        (None, b"", b"{", b"[]", b'{"type":"weather"}', b"\xff", b'{"type":"video_posted"}')
    )
    return Sent(topic, b"rubbish", value, headers=[("trace", b"\x00\xff")])
