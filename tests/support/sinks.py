"""What subscribers read from the sinks, checked against the schemas as it is read."""

import json
from typing import Any, NamedTuple

from schemas import decode
from tests.support.broker import Stored
from tests.support.simulation import Simulation

Body = dict[str, Any]


def changes(simulation: Simulation, video_id: str = "v1") -> list[Body]:
    """The changes of one video, in order."""
    return [
        _read("video-status-changes", record) for record in _of(simulation, "video-status-changes", video_id)
    ]


def status(simulation: Simulation, video_id: str = "v1") -> Body | None:
    """The latest status of one video: None for a tombstone or if there never was one."""
    records = _of(simulation, "video-status", video_id)
    return _read("video-status", records[-1]) if records and records[-1].value is not None else None


def statuses(simulation: Simulation) -> dict[str, Body]:
    """What is left of video-status when it is compacted, tombstones gone."""
    latest = {
        record.key.decode(): record for record in simulation.out("video-status") if record.key is not None
    }
    return {
        video_id: _read("video-status", record)
        for video_id, record in latest.items()
        if record.value is not None
    }


class DeadLetter(NamedTuple):
    """A dead letter, its error headers apart from the others."""

    key: bytes | None
    value: bytes | None
    topic: str
    partition: int
    offset: int
    code: str
    message: str
    headers: dict[str, bytes | None]


def dead_letters(simulation: Simulation) -> list[DeadLetter]:
    """All dead letters."""
    return [_dead_letter(record) for record in simulation.out("dead-letters")]


def _dead_letter(record: Stored) -> DeadLetter:
    headers = dict(record.headers)
    topic, partition, offset, code, message = (
        (headers.pop(f"__streams.errors.{name}") or b"").decode()
        for name in ("topic", "partition", "offset", "exception", "message")
    )
    return DeadLetter(record.key, record.value, topic, int(partition), int(offset), code, message, headers)


def check_chain(chain: list[Body]) -> None:
    """Assert what the contract says of the changes of one video, one after the other."""
    before: Body | None = None
    known: dict[tuple[str, str], None] = {}
    links: dict[str, str] = {}
    for version, body in enumerate(chain, 1):
        assert body["version"] == version
        assert body["before"] == before
        issues = {
            (link["product_id"], issue["code"]): None for link in body["links"] for issue in link["issues"]
        }
        added = [(issue["product_id"], issue["code"]) for issue in body["issues_added"]]
        removed = [(issue["product_id"], issue["code"]) for issue in body["issues_removed"]]
        assert added == [issue for issue in issues if issue not in known]
        assert sorted(removed) == sorted(issue for issue in known if issue not in issues)
        now = {link["product_id"]: link["status"] for link in body["links"]}
        assert (now, set(issues)) != (links, set(known)), "a change that changes nothing"
        if body["after"] is None:
            assert not body["links"]
            assert body is chain[-1], "a deleted video stays deleted"
        else:
            check_summary(body["after"], body["links"])
        before, known, links = body["after"], issues, now


def check_summary(summary: Body, links: list[Body]) -> None:
    """Assert that a video's status follows from its links."""
    of = [link["status"] for link in links]
    review, attention = of.count("in_review"), of.count("needs_attention")
    assert (summary["in_review"], summary["need_attention"]) == (review, attention)
    assert summary["status"] == ("needs_attention" if attention else "in_review" if review else "approved")
    for link in links:
        assert bool(link["issues"]) == (link["status"] == "needs_attention")


def _of(simulation: Simulation, topic: str, video_id: str) -> list[Stored]:
    return [record for record in simulation.out(topic) if record.key == video_id.encode()]


def _read(topic: str, record: Stored) -> Body:
    decode(topic, record.value)
    body: Body = json.loads(record.value or b"")
    return body
