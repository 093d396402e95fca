"""The clock jumps an hour ahead and back, and deadlines pass while nobody is there."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.chaos.deployment import EXACTLY_ONCE, Deployment
from tests.chaos.scenario import Context, Figures
from tests.chaos.traffic import Sent, traffic
from tests.kafka.cluster import Worker, wait_for
from tests.properties.oracle import rfc3339
from tests.support.events import Event, invited, posted

_HOUR_MS = 3_600_000
_INVITES = 200
_SOON_MS = 6_000


def clocks(context: Context, amount: int) -> Figures:
    """Jumps of an hour ahead and back under load, with invites that end in between."""
    with context.deploy(EXACTLY_ONCE) as deployment:
        clock = deployment.directory / "clock"
        _set(clock, 0)
        soon = _now() + _SOON_MS
        invites = [_sent(event) for event in _invites(soon)]
        deployment.feed([*invites, *traffic(context.seed, 6_000)], 1_500)
        worker = _clocked(deployment, clock).until_ready()
        for jump in (_HOUR_MS, -_HOUR_MS, 0) * amount:
            _set(clock, jump)
            time.sleep(context.chance.random())
        wait_for(lambda: _now() > soon, "never")
        wait_for(lambda: len(_ended(deployment)) == _INVITES, "some invites do not end")
        deployment.settled()
        worker.stop()
        return {**deployment.verdict("w0"), "invites ended": _INVITES, "jumps": 3 * amount}


def deadlines(context: Context, amount: int) -> Figures:
    """Invites that end while no worker is there: told as soon as there is one, as of when they ended."""
    with context.deploy(EXACTLY_ONCE) as deployment:
        clock = deployment.directory / "clock"
        _set(clock, 0)
        worker = _clocked(deployment, clock).until_ready()
        end = _now() + _HOUR_MS
        deployment.feed(map(_sent, _invites(end)))
        deployment.settled()
        worker.stop()
        assert not _ended(deployment), "some invites end before their time"
        _set(clock, 2 * _HOUR_MS)
        worker = _clocked(deployment, clock).until_ready()
        wait_for(lambda: len(_ended(deployment)) == _INVITES, "some invites do not end")
        deployment.settled()
        worker.stop()
        moments = {change["occurred_at"] for change in _ended(deployment)}
        assert moments == {rfc3339(end)}, f"they ended at {moments}, not at {rfc3339(end)}"
        return {**deployment.verdict("w0", _now() + 2 * _HOUR_MS), "invites ended": _INVITES}


def _invites(until: int) -> list[Event]:
    """Videos with an invite each."""
    found: list[Event] = []
    for number in range(_INVITES):
        creator, product = f"clock{number}", f"clock-p{number}"
        found.append(posted(f"clock-v{number}", product, creator=creator, event_id=f"clock-a{number}"))
        found.append(invited(product, until, creator=creator, event_id=f"clock-b{number}"))
    return found


def _sent(event: Event) -> Sent:
    topic = "video-links" if event["type"] == "video_posted" else "invite-expiries"
    return Sent(topic, event["creator_id"].encode(), json.dumps(event).encode())


def _ended(deployment: Deployment) -> list[dict[str, Any]]:
    """The changes that tell of the end of these invites."""
    changes = (json.loads(record.value or b"") for record in deployment.records("video-status-changes"))
    mine = [change for change in changes if change["video_id"].startswith("clock-v")]
    return [each for each in mine if any(one["code"] == "invite_expired" for one in each["issues_added"])]


def _set(clock: Path, jump: int) -> None:
    # In one piece: the worker reads it at any time.
    new = clock.with_suffix(".new")
    new.write_text(str(jump))
    new.replace(clock)


def _clocked(deployment: Deployment, clock: Path) -> Worker:
    return deployment.worker("w0", (sys.executable, "-m", "tests.chaos.clocked", str(clock)))


def _now() -> int:
    return time.time_ns() // 1_000_000
