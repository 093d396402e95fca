"""The largest there is: records at and above the limit, a video with the most links and longest texts."""

import json
from collections.abc import Iterator

from tests.chaos.corpus import LIMIT, padded
from tests.chaos.deployment import EXACTLY_ONCE
from tests.chaos.scenario import Context, Figures
from tests.chaos.traffic import Sent
from tests.support.events import Event, decided, invited, moderated, posted, stocked

_LINKS = 50
_WIDE = "\U0001f600"
_CREATOR = _WIDE * 128
_VIDEO = "\u2603" * 128


def extremes(context: Context, amount: int) -> Figures:
    """`amount` such videos, each with all issues on each link, told with the longest contacts."""
    records = [_sent(event) for number in range(amount) for event in _largest(number)]
    records += [Sent("video-links", b"padded-c", padded(size)) for size in (LIMIT, LIMIT + 1, 1_000_000)]
    with context.deploy(EXACTLY_ONCE) as deployment:
        worker = deployment.worker("w0").until_ready()
        deployment.feed(records).settled()
        worker.stop()
        figures = deployment.verdict("w0")
        largest = max(len(record.value or b"") for record in deployment.records("video-status-changes"))
        return {**figures, "KB the largest change": largest // 1000}


def _largest(number: int) -> Iterator[Event]:
    video = f"{number}{_VIDEO}"[:128]
    products = [f"{link}-{number}-{_WIDE * 128}"[:128] for link in range(_LINKS)]
    yield posted(video, *products, creator=_CREATOR, title=_WIDE * 20_000, event_id=f"{number}-posted")
    yield moderated(video, "violation", creator=_CREATOR, event_id=f"{number}-moderated")
    contact = dict.fromkeys(("name", "email", "phone", "url"), _WIDE * 5_000)
    for product in products:
        yield decided(product, "rejected", creator=_CREATOR, contact=contact, event_id=f"d{product}"[:128])
        yield invited(product, 5, creator=_CREATOR, event_id=f"i{product}"[:128])
        yield stocked(product, 0, event_id=f"s{product}"[:128])


def _sent(event: Event) -> Sent:
    topics = {
        "video_posted": "video-links",
        "moderation_verdict": "moderation",
        "seller_decision": "seller-decisions",
        "invite_expiry": "invite-expiries",
        "inventory_level": "inventory",
    }
    key = event["product_id"] if event["type"] == "inventory_level" else event["creator_id"]
    return Sent(topics[event["type"]], key.encode(), json.dumps(event, ensure_ascii=False).encode())
