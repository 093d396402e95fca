"""A mixed load, and what must come of it."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from bench.wholejob.events import Load, generate
from tests.properties import oracle

Published = tuple[str, str | None, Mapping[str, Any]]


def load(events: int, seed: int = 1) -> list[Published]:
    """Topic, key and event of a mixed load over few creators and products, so that much happens to each."""
    size = Load(events // 10, events - events // 10, creators=40, products=100)
    return [(topic, key, json.loads(value)) for topic, key, value in generate(size, seed)]


def expected(published: Sequence[Published]) -> dict[str, Any]:
    """The final `video-status` by video, by the oracle of the property tests: no message, no posted_at."""
    now = time.time_ns() // 1_000_000
    found = oracle.videos([dict(event) for _, _, event in published], now)
    return {video: _comparable(body) for video, body in found.items()}


def comparable(statuses: Mapping[str, Any]) -> dict[str, Any]:
    """Statuses as `expected` has them."""
    return {video: _comparable(body) for video, body in statuses.items()}


def check_chains(changes: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Exactly once: versions rise by one, and each `before` is the `after` before it."""
    for video, chain in changes.items():
        before = None
        for version, change in enumerate(chain, 1):
            assert change["version"] == version, (
                f"{video}: version {change['version']} where {version} is due"
            )
            assert change["before"] == before, (
                f"{video}: version {version} does not follow from the one before"
            )
            before = change["after"]


def _comparable(body: Mapping[str, Any]) -> dict[str, Any]:
    links = [
        {
            **link,
            "issues": [
                {name: value for name, value in issue.items() if name != "message"}
                for issue in link["issues"]
            ],
        }
        for link in body["links"]
    ]
    return {**{name: value for name, value in body.items() if name != "posted_at"}, "links": links}
