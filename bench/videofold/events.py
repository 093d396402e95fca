"""The load of the video fold: five kinds of facts about videos, keyed by video."""

import random
from collections.abc import Iterator

PRODUCTS = 20_000
CREATORS = 5_000
MOST_VIDEOS = 100_000
_LINKS = 3
_START_MS = 1_700_000_000_000


def generate(events: int, videos: int | None = None, seed: int = 7) -> Iterator[tuple[bytes, bytes]]:
    """Key and JSON value of each event: every video with its links, then facts about random ones.

    Without `videos`, one event of five posts a video, up to 100,000 of them. About 200,000 events a second:
    text is put together here, since JSON encoding would take three times as long.
    """
    random_ = random.Random(seed)
    links: list[list[str]] = []
    for index in range(min(MOST_VIDEOS, events // 5) if videos is None else videos):
        products = [f"p{random_.randrange(PRODUCTS):06d}" for _ in range(_LINKS)]
        links.append(products)
        yield _posted(index, products)
    for index in range(len(links), events):
        video = random_.randrange(len(links))
        yield _fact(random_, index, video, random_.choice(links[video]))


def _posted(index: int, products: list[str]) -> tuple[bytes, bytes]:
    listed = '","'.join(products)
    return _event(
        "links_posted", index, index, f'"creator_id":"c{index % CREATORS:05d}","product_ids":["{listed}"]'
    )


def _fact(random_: random.Random, index: int, video: int, product: str) -> tuple[bytes, bytes]:
    kind = random_.random()
    about = f'"product_id":"{product}"'
    if kind < 0.4:
        decision = random_.choice(("approved", "approved", "rejected"))
        about += f',"decision":"{decision}","seller_contact":"seller@example.com"'
        return _event("seller_decision", index, video, about)
    if kind < 0.5:
        return _event("invite_expired", index, video, about)
    if kind < 0.8:
        return _event("inventory", index, video, f'{about},"quantity":{random_.choice((0, 5, 9))}')
    verdict = random_.choice(("approved", "approved", "violation"))
    return _event("moderation", index, video, f'{about},"verdict":"{verdict}"')


def _event(kind: str, index: int, video: int, body: str) -> tuple[bytes, bytes]:
    video_id = f"v{video:08d}"
    head = f'{{"type":"{kind}","event_id":"e{index:09d}","video_id":"{video_id}"'
    return video_id.encode(), f'{head},{body},"event_time":{_START_MS + index}}}'.encode()
