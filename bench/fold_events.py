"""The load of the video fold: five kinds of facts about videos, keyed by video."""

import json
import random
from collections.abc import Iterator
from typing import Any

PRODUCTS = 20_000
CREATORS = 5_000
VIDEOS = 100_000
_START_MS = 1_700_000_000_000


def generate(events: int, seed: int = 7) -> Iterator[tuple[str, bytes]]:
    """Key and JSON value of each event: every video with its links, then facts about random ones."""
    random_ = random.Random(seed)
    links: dict[str, list[str]] = {}
    for index in range(min(VIDEOS, events)):
        video = f"v{index:08d}"
        links[video] = [f"p{random_.randrange(PRODUCTS):06d}" for _ in range(3)]
        posted = {
            "type": "links_posted",
            "creator_id": f"c{index % CREATORS:05d}",
            "product_ids": links[video],
        }
        yield video, _json(index, video, posted)
    videos = list(links)
    for index in range(len(videos), events):
        video = videos[random_.randrange(len(videos))]
        yield video, _json(index, video, {"product_id": random_.choice(links[video]), **_fact(random_)})


def _fact(random_: random.Random) -> dict[str, Any]:
    kind = random_.random()
    if kind < 0.4:
        decision = random_.choice(["approved", "approved", "rejected"])
        return {"type": "seller_decision", "decision": decision, "seller_contact": "seller@example.com"}
    if kind < 0.5:
        return {"type": "invite_expired"}
    if kind < 0.8:
        return {"type": "inventory", "quantity": random_.choice([0, 5, 9])}
    return {"type": "moderation", "verdict": random_.choice(["approved", "approved", "violation"])}


def _json(index: int, video: str, body: dict[str, Any]) -> bytes:
    event = {**body, "event_id": f"e{index:09d}", "video_id": video, "event_time": _START_MS + index}
    return json.dumps(event, separators=(",", ":")).encode()
