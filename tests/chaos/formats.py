"""Deployments as earlier versions left them: `python -m tests.chaos.formats` keeps the present one.

Run it when state has taken another form (`streams.codec`'s format byte, a field, a table), with its number
raised; earlier files stay.
"""

import gzip
import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from streams.runtime.records import Outgoing
from tests.chaos.traffic import PARTITIONS, Sent, traffic
from tests.support.simulation import Simulation

FIXTURES = Path(__file__).with_name("fixtures")
_FORMAT = "2.0"
_SEED = 5
_EVENTS = 300
_NOW_MS = 1_790_000_000_000


class Kept(NamedTuple):
    """Every record of every topic, in order; what is read up to where; and what upstream sends afterwards."""

    records: list[Sent]
    offsets: Mapping[str, list[int]]
    later: list[Sent]


def load(file: Path) -> Kept:
    """A deployment that was kept."""
    content = json.loads(gzip.decompress(file.read_bytes()))
    return Kept(_sent(content["records"]), content["offsets"], _sent(content["later"]))


def keep(file: Path) -> None:
    """Run half of a load through the present version, and keep what came of it."""
    published = list(traffic(_SEED, _EVENTS, creators=10))
    before, later = published[: _EVENTS // 2], published[_EVENTS // 2 :]
    simulation = Simulation(PARTITIONS)
    simulation.now = _NOW_MS
    for sent in before:
        simulation.broker.send(Outgoing(sent.topic, sent.key, sent.value, sent.headers, sent.partition))
        simulation.pump()
    offsets: dict[str, list[int]] = {}
    for task in simulation.tasks:
        for topic, position in task.positions.items():
            offsets.setdefault(topic, [0] * PARTITIONS)[task.partition] = position
    content = {"records": _bodies(_all(simulation)), "offsets": offsets, "later": _bodies(later)}
    file.write_bytes(gzip.compress(json.dumps(content).encode(), mtime=0))


def _all(simulation: Simulation) -> Iterable[Sent]:
    topics = {topic for task in simulation.tasks for topic in task.spec.topics}
    for topic in sorted(topics | {"video-status", "video-status-changes", "dead-letters"}):
        for record in simulation.out(topic):
            yield Sent(topic, record.key, record.value, record.partition, list(record.headers))
    for task in simulation.tasks:
        for table in task.spec.tables:
            for key, value in task.changelog[table.name]:
                yield Sent(table.changelog, key, value, task.partition)


def _bodies(records: Iterable[Sent]) -> list[Any]:
    return [
        [
            sent.topic,
            _text(sent.key),
            _text(sent.value),
            sent.partition,
            [[name, _text(value)] for name, value in sent.headers],
        ]
        for sent in records
    ]


def _sent(bodies: list[Any]) -> list[Sent]:
    return [
        Sent(topic, _bytes(key), _bytes(value), partition, [(name, _bytes(text)) for name, text in headers])
        for topic, key, value, partition, headers in bodies
    ]


def _text(data: bytes | None) -> str | None:
    return None if data is None else b64encode(data).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else b64decode(text)


if __name__ == "__main__":
    keep(FIXTURES / f"format-{_FORMAT}.json.gz")
