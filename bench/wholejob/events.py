"""A deterministic load of the whole job: mixed events over the five sources.

Of 100 events 5 post a video with three links, 20 are decisions (4 of 5 approve), 20 verdicts (the same),
10 invites (3 of 10 expired), 45 stock levels (2 of 7 empty).
"""

import random
from collections.abc import Iterable, Iterator
from typing import NamedTuple

START_MS = 1_700_000_000_000
FAR_MS = 4_000_000_000_000
LINKS = 3
# As dense for any number of events: a creator has two videos, a product one or two links.
_EVENTS_A_VIDEO = 20
_EVENTS_A_PRODUCT = 10
_EVENTS_A_CREATOR = 40
_OTHER_SEED = 8
_CONTACT = '"seller_contact":{"name":"Acme","email":"partners@acme.example"}'
_STOCK = (0, 0, 3, 5, 7, 9, 40)


Event = tuple[str, str, bytes]
"""Topic (without prefix), key and JSON value."""


class Load(NamedTuple):
    """How many videos and facts about them, and over how many creators and products."""

    videos: int
    facts: int
    creators: int = 5_000
    products: int = 20_000

    @property
    def events(self) -> int:
        """All of them."""
        return self.videos + self.facts


def load_of(events: int) -> Load:
    """The load of that many events."""
    videos = events // _EVENTS_A_VIDEO
    return Load(videos, events - videos, events // _EVENTS_A_CREATOR, events // _EVENTS_A_PRODUCT)


def generate(load: Load, seed: int = 7) -> Iterator[Event]:
    """The videos first, then facts about their links. About 150,000 events a second."""
    random_ = random.Random(seed)
    posted = [_video(random_, load) for _ in range(load.videos)]
    yield from _posts(posted, 0)
    for index in range(load.videos, load.events):
        video = random_.randrange(load.videos)
        creator, products = posted[video]
        yield _fact(random_, index, creator, f"v{video:08d}", random_.choice(products))


def others(load: Load) -> Iterator[Event]:
    """As many videos again, which no fact is about."""
    random_ = random.Random(_OTHER_SEED)
    yield from _posts([_video(random_, load) for _ in range(load.videos)], load.events)


def _posts(videos: Iterable[tuple[str, list[str]]], first: int) -> Iterator[Event]:
    for index, (creator, products) in enumerate(videos, first):
        yield post(index, creator, f"v{index:08d}", products)


def _video(random_: random.Random, load: Load) -> tuple[str, list[str]]:
    products = random_.sample(range(load.products), LINKS)
    return f"c{random_.randrange(load.creators):06d}", [f"p{product:06d}" for product in products]


def post(index: int, creator: str, video: str, products: list[str]) -> Event:
    """The `index`th event: a creator posts a video with links."""
    links = ",".join(f'{{"product_id":"{product}","seller_id":"s1"}}' for product in products)
    body = f'"creator_id":"{creator}","video_id":"{video}","title":"Video {video}","links":[{links}]'
    return _event("video-links", creator, "video_posted", index, body)


def stock_level(product: str, available: int, index: int) -> Event:
    """The `index`th event: so many units of a product."""
    body = f'"product_id":"{product}","available":{available}'
    return _event("inventory", product, "inventory_level", index, body)


def _fact(random_: random.Random, index: int, creator: str, video: str, product: str) -> Event:
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
    if kind < 0.525:
        expires = FAR_MS if random_.random() < 0.7 else START_MS
        return _event("invite-expiries", creator, "invite_expiry", index, f'{link},"expires_at":{expires}')
    return stock_level(product, random_.choice(_STOCK), index)


def _event(topic: str, key: str, type_: str, index: int, body: str) -> Event:
    head = f'{{"type":"{type_}",{body},"event_id":"e{index:09d}","occurred_at":{START_MS + index}}}'
    return topic, key, head.encode()
