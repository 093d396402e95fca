"""A deterministic load: mixed events over the five sources.

Of 100 events 5 post a video with three links, 20 are decisions (4 of 5 approve), 20 verdicts (the same),
10 invites (3 of 10 expired), 45 stock levels (2 of 7 empty).
"""

import json
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

START_MS = 1_700_000_000_000
FAR_MS = 4_000_000_000_000


class Load(NamedTuple):
    """How many events, and over how many creators, products and videos."""

    events: int
    creators: int = 5_000
    products: int = 20_000
    video_share: float = 0.05


def generate(load: Load, seed: int = 7) -> Iterator[tuple[str, str, bytes]]:
    """Topic (without prefix), key and JSON value of each event: the videos first, then facts about them."""
    random_ = random.Random(seed)
    videos = int(load.events * load.video_share)
    links: list[tuple[str, str, list[str]]] = []
    for index in range(videos):
        creator = f"c{random_.randrange(load.creators):06d}"
        products = random_.sample(range(load.products), 3)
        posted = (creator, f"v{index:08d}", [f"p{product:06d}" for product in products])
        links.append(posted)
        yield _event("video-links", posted[0], index, _posted(*posted))
    for index in range(videos, load.events):
        yield _event(*_fact(random_, *random_.choice(links), index))


def _fact(
    random_: random.Random, creator: str, video: str, products: list[str], index: int
) -> tuple[str, str, int, dict[str, Any]]:
    product = random_.choice(products)
    kind = random_.random()
    if kind < 0.21:
        body = {"type": "seller_decision", "creator_id": creator, "product_id": product}
        if random_.random() < 0.8:
            return "seller-decisions", creator, index, {**body, "decision": "approved"}
        contact = {"name": "Acme", "email": "partners@acme.example"}
        return "seller-decisions", creator, index, {**body, "decision": "rejected", "seller_contact": contact}
    if kind < 0.42:
        verdict = random_.choice(["approved"] * 4 + ["violation"])
        body = {"type": "moderation_verdict", "creator_id": creator, "video_id": video, "verdict": verdict}
        if random_.random() < 0.5:
            body["product_id"] = product
        return "moderation", creator, index, body
    if kind < 0.53:
        expires = FAR_MS if random_.random() < 0.7 else START_MS
        body = {"type": "invite_expiry", "creator_id": creator, "product_id": product}
        return "invite-expiries", creator, index, {**body, "expires_at": expires}
    level = {
        "type": "inventory_level",
        "product_id": product,
        "available": random_.choice([0, 0, 3, 5, 7, 9, 40]),
    }
    return "inventory", product, index, level


def _posted(creator: str, video: str, products: list[str]) -> dict[str, Any]:
    links = [{"product_id": product, "seller_id": "s1"} for product in products]
    return {
        "type": "video_posted",
        "creator_id": creator,
        "video_id": video,
        "title": f"Video {video}",
        "links": links,
    }


def _event(topic: str, key: str, index: int, body: dict[str, Any]) -> tuple[str, str, bytes]:
    fact = {**body, "event_id": f"e{index:09d}", "occurred_at": START_MS + index}
    return topic, key, json.dumps(fact, separators=(",", ":")).encode()
