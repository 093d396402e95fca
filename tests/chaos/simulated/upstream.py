"""What upstream systems publish in one world: few creators and products; ties, copies and rubbish."""

import json
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from streams.runtime.partitioner import partition_for
from tests.support.events import HOME, Event, decided, deleted, invited, moderated, posted, stocked

_CREATOR_OF = {"v1": "c1", "v2": "c1", "v3": "c2"}
_PRODUCTS = ("p1", "p2", "p3")
_RUBBISH = (None, b"", b"{", b"[]", b'{"type":"weather"}', b'{"type":"video_posted"}', b"\xff")
FAR_MS = 10 * 24 * 3600 * 1000


class Published(NamedTuple):
    """One record: when (seconds from the start), and where."""

    at_s: float
    topic: str
    partition: int
    key: bytes | None
    value: bytes | None


def publish(chance: Random, base_ms: int, partitions: int, span_s: float, stray: float) -> list[Published]:
    """The records of a world in the order of time; `stray`: the share that is on another partition."""
    found = list(_rubbish(chance, partitions, span_s))
    for place in range(chance.randint(8, 22)):
        event = {**_fact(chance, base_ms), "event_id": f"e{place * 7919 % 97}"}
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            found.append(_sent(chance, event, partitions, span_s, stray))
    return sorted(found, key=lambda each: each.at_s)


def _sent(chance: Random, event: Event, partitions: int, span_s: float, stray: float) -> Published:
    topic, field = HOME[event["type"]]
    key = event[field].encode()
    home = partition_for(key, partitions)
    partition = chance.randrange(partitions) if chance.random() < stray else home
    return Published(chance.random() * span_s, topic, partition, key, json.dumps(event).encode())


def _rubbish(chance: Random, partitions: int, span_s: float) -> Iterator[Published]:
    for _ in range(chance.choice((0, 0, 1, 2))):
        topic, _ = chance.choice(sorted(set(HOME.values())))
        at_s, partition = chance.random() * span_s, chance.randrange(partitions)
        yield Published(at_s, topic, partition, None, chance.choice(_RUBBISH))


def _fact(chance: Random, base_ms: int) -> Event:
    at = chance.randint(0, 9)
    video, product = chance.choice(sorted(_CREATOR_OF)), chance.choice(_PRODUCTS)
    creator = chance.choice(("c1", "c2"))
    kind = chance.random()
    if kind < 0.25:
        links = chance.sample(_PRODUCTS, chance.randint(1, 3))
        return posted(video, *links, at=at, creator=_CREATOR_OF[video], title=f"title {at}")
    if kind < 0.30:
        return deleted(video, at, _CREATOR_OF[video])
    if kind < 0.50:
        contact = chance.choice((None, {"email": "a@b.example"}, {"email": "c@d.example"}))
        return decided(product, chance.choice(("approved", "rejected")), at, creator, contact=contact)
    if kind < 0.62:
        until = chance.choice((1, base_ms + chance.randint(0, 30_000), base_ms + FAR_MS))
        return invited(product, until, at, creator)
    if kind < 0.82:
        verdict, one = chance.choice(("approved", "violation")), chance.choice((None, product))
        return moderated(video, verdict, at, one, _CREATOR_OF[video])
    return stocked(product, chance.choice((0, 0, 1, 7)), at)
