"""A deterministic load of the whole job: mixed events over the five sources.

Of 100 events 5 post a video with three links, 20 are decisions (4 of 5 approve), 20 verdicts (the same),
10 invites (3 of 10 expired), 45 stock levels (2 of 7 empty).
"""

import random
from collections.abc import Iterator
from typing import NamedTuple

START_MS = 1_700_000_000_000
FAR_MS = 4_000_000_000_000
_LINKS = 3
_CONTACT = '"seller_contact":{"name":"Acme","email":"partners@acme.example"}'
_STOCK = (0, 0, 3, 5, 7, 9, 40)


class Load(NamedTuple):
    """How many events, and over how many creators, products and videos."""

    events: int
    creators: int = 5_000
    products: int = 20_000
    video_share: float = 0.05

    @property
    def videos(self) -> int:
        """How many of the events post a video."""
        return int(self.events * self.video_share)


def generate(load: Load, seed: int = 7) -> Iterator[tuple[str, str, bytes]]:
    """Topic (without prefix), key and JSON value of each event: the videos first, then facts about them.

    About 150,000 events a second.
    """
    random_ = random.Random(seed)
    links: list[tuple[str, list[str]]] = []
    for index in range(load.videos):
        creator = f"c{random_.randrange(load.creators):06d}"
        products = [f"p{product:06d}" for product in random_.sample(range(load.products), _LINKS)]
        links.append((creator, products))
        yield _posted(index, creator, products)
    for index in range(load.videos, load.events):
        video = random_.randrange(len(links))
        creator, products = links[video]
        yield _fact(random_, index, creator, f"v{video:08d}", random_.choice(products))


def _posted(index: int, creator: str, products: list[str]) -> tuple[str, str, bytes]:
    video = f"v{index:08d}"
    links = ",".join(f'{{"product_id":"{product}","seller_id":"s1"}}' for product in products)
    body = f'"creator_id":"{creator}","video_id":"{video}","title":"Video {video}","links":[{links}]'
    return _event("video-links", creator, "video_posted", index, body)


def _fact(
    random_: random.Random, index: int, creator: str, video: str, product: str
) -> tuple[str, str, bytes]:
    kind = random_.random()
    link = f'"creator_id":"{creator}","product_id":"{product}"'
    if kind < 0.21:
        decided = '"approved"' if random_.random() < 0.8 else f'"rejected",{_CONTACT}'
        return _event("seller-decisions", creator, "seller_decision", index, f'{link},"decision":{decided}')
    if kind < 0.42:
        verdict = random_.choice(("approved",) * 4 + ("violation",))
        about = link if random_.random() < 0.5 else f'"creator_id":"{creator}"'
        body = f'{about},"video_id":"{video}","verdict":"{verdict}"'
        return _event("moderation", creator, "moderation_verdict", index, body)
    if kind < 0.53:
        expires = FAR_MS if random_.random() < 0.7 else START_MS
        return _event("invite-expiries", creator, "invite_expiry", index, f'{link},"expires_at":{expires}')
    return stock_level(product, random_.choice(_STOCK), index)


def stock_level(product: str, available: int, index: int) -> tuple[str, str, bytes]:
    """The `index`th event: so many units of a product."""
    body = f'"product_id":"{product}","available":{available}'
    return _event("inventory", product, "inventory_level", index, body)


def _event(topic: str, key: str, type_: str, index: int, body: str) -> tuple[str, str, bytes]:
    head = f'{{"type":"{type_}",{body},"event_id":"e{index:09d}","occurred_at":{START_MS + index}}}'
    return topic, key, head.encode()
