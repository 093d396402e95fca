"""The audit of a simulation: its log folded, its tables compared, no broker."""

from collections.abc import Iterable, Mapping
from typing import cast

from streams.audit.compare import Compare
from streams.audit.differences import Difference, Subject
from streams.audit.facts import Facts
from streams.audit.live import Live
from streams.audit.report import Gone
from streams.audit.subjects import subjects
from streams.audit.tables import STATUS
from streams.audit.trust import Trust
from streams.runtime.records import Write
from streams.runtime.store import Store
from streams.topics import Kind, Name, Topics
from streams.topology import sources, steps
from tests.support.memory import Memory
from tests.support.simulation import LIMIT, Simulation


class _Stored(Memory):
    """A store that keeps no positions."""

    def write(self, writes: Mapping[str, Iterable[Write]], positions: object = None) -> None:
        super().write(writes)


def audited(simulation: Simulation, first: Mapping[str, int] | None = None) -> list[Difference]:
    """What differs; `first`: the first offset of a source that retention has left."""
    facts, live, compare = looked_at(simulation, first or {})
    return [difference for subject in subjects(facts, live) for difference in compare.check(subject)]


def again(simulation: Simulation, subject: Subject) -> list[Difference]:
    """What differs of a subject that an earlier look found."""
    return looked_at(simulation, {})[-1].check(subject)


def found(simulation: Simulation, **first: int) -> set[tuple[str, str]]:
    """Table and field of what differs; `first`: offsets where source logs begin."""
    beginnings = {name.replace("_", "-"): offset for name, offset in first.items()}
    return {(each.where, each.field) for each in audited(simulation, beginnings)}


def looked_at(simulation: Simulation, beginnings: Mapping[str, int]) -> tuple[Facts, Live, Compare]:
    """Its facts, its tables, and what compares them; `beginnings`: where source logs begin."""
    count = simulation.broker.partitions
    topics = Topics.load()
    facts = Facts(cast(Store, _Stored()), LIMIT)
    for source in topics.of_kind(Kind.SOURCE):
        for partition in range(count):
            log = simulation.broker.log(source.name, partition)
            facts.fold(source.name, log[beginnings.get(source.name, 0) :])
    live = _live(simulation, topics, count)
    gone = [Gone(topic, partition, at) for topic, at in beginnings.items() for partition in range(count)]
    compare = Compare(facts, live, Trust(live, gone, sources(topics)))
    compare.now = simulation.now
    return facts, live, compare


def _live(simulation: Simulation, topics: Topics, count: int) -> Live:
    stores: dict[str, _Stored] = {}
    for task in simulation.tasks:
        stores[f"{task.spec.name}-{task.partition}"] = stored = _Stored()
        stored.write({table: list(entries.items()) for table, entries in task.memory.tables.items()})
    for partition in range(count):
        log = simulation.broker.log(Name.VIDEO_STATUS, partition)
        stores[f"{STATUS}-{partition}"] = stored = _Stored()
        stored.write({STATUS: [(record.key or b"", record.value) for record in log]})
    return Live(
        lambda name: cast(Store, stores[name]),
        steps(topics, LIMIT),
        Name.VIDEO_STATUS,
        dict.fromkeys(topics.by_full_name, count),
    )
