"""The loads of the whole job are valid events, mixed as documented; where runs ended is told apart."""

import json
from collections import Counter
from itertools import islice
from typing import Any

from bench.measures import market
from bench.wholejob.events import Event, generate, load_of, others
from bench.wholejob.statuses import ends
from schemas import decode


def test_every_event_is_valid_and_keyed_by_what_it_is_about() -> None:
    for topic, key, value in generate(load_of(2_000)):
        event: Any = decode(topic, value)
        assert key == (event.product_id if topic == "inventory" else event.creator_id)


def test_the_mix_is_as_documented() -> None:
    events = 20_000
    shares = Counter(topic for topic, _, _ in generate(load_of(events)))
    documented = {
        "video-links": 5,
        "inventory": 45,
        "seller-decisions": 20,
        "moderation": 20,
        "invite-expiries": 10,
    }
    assert {topic: round(100 * share / events) for topic, share in shares.items()} == documented


def test_everybody_links_the_hot_product() -> None:
    posted: list[Any] = [decode(topic, value) for topic, _, value in market.videos(10)]
    assert len(posted) == 10 + market.OTHERS
    assert {link.product_id for event in posted[:10] for link in event.links} == {"hot"}
    assert len({link.product_id for event in posted[10:] for link in event.links}) == market.OTHERS


def _status(video: str, status: str, version: int = 1) -> tuple[bytes, bytes]:
    body = {"status": status, "labels": [], "links": [], "version": version}
    return video.encode(), json.dumps(body).encode()


def test_runs_end_the_same_if_the_last_statuses_are() -> None:
    straight = ends([_status("v1", "approved"), _status("v2", "in_review")])
    detour = ends([_status("v2", "in_review"), _status("v1", "in_review"), _status("v1", "approved", 2)])
    assert straight == detour
    assert straight != ends([_status("v1", "approved"), _status("v2", "approved")])
    assert straight != ends([_status("v1", "approved"), _status("v2", "in_review"), (b"v2", b"")])


def test_nobody_speaks_of_the_other_videos() -> None:
    load = load_of(2_000)
    posted = {event.video_id for event in map(_decoded, islice(generate(load), load.videos))}
    told = {event.video_id for event in map(_decoded, generate(load)) if hasattr(event, "video_id")}
    assert told == posted
    found = [_decoded(event).video_id for event in others(load)]
    assert len(set(found)) == load.videos
    assert posted.isdisjoint(found)


def _decoded(event: Event) -> Any:
    topic, _, value = event
    return decode(topic, value)
