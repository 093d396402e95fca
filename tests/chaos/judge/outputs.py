"""video-status and video-status-changes against the facts."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.chaos.judge.evidence import Evidence
from tests.properties import oracle
from tests.support.broker import Stored
from tests.support.sinks import check_chain

Body = dict[str, Any]


def problems(evidence: Evidence) -> Iterator[str]:
    """What is wrong with the outputs; nothing if all is well."""
    compacted = {record.key: record for record in evidence.records("video-status") if record.key}
    statuses = {
        key.decode(): json.loads(record.value) if record.value else None for key, record in compacted.items()
    }
    chains = _chains(evidence.records("video-status-changes"))
    expected = oracle.videos(evidence.events, evidence.now)
    for video in sorted(expected.keys() | statuses.keys() | chains.keys()):
        status, chain = statuses.get(video), chains.get(video, [])
        yield from _status(video, status, expected.get(video))
        yield from _last(video, status, chain)
        if evidence.exactly_once:
            yield from _chain(video, chain)
    for chain in chains.values():
        yield from _causes(evidence, chain)


def _chains(records: Sequence[Stored]) -> Mapping[str, list[Body]]:
    chains: dict[str, list[Body]] = defaultdict(list)
    for record in records:
        chains[(record.key or b"").decode()].append(json.loads(record.value or b""))
    return chains


def _status(video: str, status: Body | None, expected: Body | None) -> Iterator[str]:
    shown = None if status is None else without_wording(status)
    if shown != expected:
        yield f"video-status {video}: {shown}, where the input log says {expected}"


def without_wording(status: Body) -> Body:
    """A status without what depends on when it was made, and without messages."""
    links = [
        {**link, "issues": [{k: v for k, v in issue.items() if k != "message"} for issue in link["issues"]]}
        for link in status["links"]
    ]
    rest = {name: value for name, value in status.items() if name not in ("version", "updated_at")}
    return {**rest, "links": links}


def _last(video: str, status: Body | None, chain: list[Body]) -> Iterator[str]:
    """The last change and the status tell the same."""
    if not chain:
        if status is not None:
            yield f"video-status {video}: stands without any change"
        return
    last = chain[-1]
    if status is None:
        if last["after"] is not None:
            yield f"change {video}: the last leaves {last['after']}, yet there is no status"
    elif last["after"] is None or any(status[name] != value for name, value in last["after"].items()):
        yield f"change {video}: the last leaves {last['after']}, the status is {without_wording(status)}"
    elif _links(last) != _links(status) or last["version"] != status["version"]:
        yield f"change {video}: version {last['version']} has other links than status {status['version']}"


def _links(body: Body) -> list[tuple[str, str, list[str]]]:
    """Links without their order and contacts, which may change by themselves."""
    return sorted(
        (link["product_id"], link["status"], [issue["code"] for issue in link["issues"]])
        for link in body["links"]
    )


def _chain(video: str, chain: list[Body]) -> Iterator[str]:
    try:
        check_chain(chain)
    except AssertionError as broken:
        versions = [change["version"] for change in chain]
        yield f"changes {video}: no chain, versions {versions}: {str(broken).splitlines()[:1]}"
    if len({change["event_id"] for change in chain}) < len(chain):
        yield f"changes {video}: an event_id twice"


def _causes(evidence: Evidence, chain: list[Body]) -> Iterator[str]:
    """Each change names a source record that holds the fact; one id is one change."""
    seen: dict[str, tuple[int, Body]] = {}
    for change in chain:
        cause = change["cause"]
        place = (cause["topic"].removeprefix(evidence.prefix), cause["partition"], cause["offset"])
        taken = evidence.taken.get(place)
        if taken is None or taken.event is None or taken.event["event_id"] != cause["event_id"]:
            yield f"change {change['video_id']} {change['version']}: its cause {cause} does not stand there"
        version, first = seen.setdefault(change["event_id"], (change["version"], cause))
        if (version, first["event_id"]) != (change["version"], cause["event_id"]):
            yield f"change {change['video_id']} {change['version']}: its event_id is another change's"
