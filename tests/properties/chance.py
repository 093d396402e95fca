"""Runs a scenario as chance will have it: order across topics, batching, crashes, the clock."""

from random import Random
from typing import NamedTuple

import msgspec.json

from streams.runtime.partitioner import partition_for
from tests.properties.scenarios import END, Delivery, Scenario
from tests.support.broker import Stored
from tests.support.events import HOME, Event
from tests.support.simulation import Crash, Simulation, Task


class Run(NamedTuple):
    """What came of it; `bad` are the records that nobody can read."""

    simulation: Simulation
    bad: list[tuple[str, Stored]]


def calm(scenario: Scenario) -> Simulation:
    """Every fact once, where it belongs, one after the other, and the clock only at the end."""
    simulation = Simulation(partitions=3)
    simulation.tell(*scenario.events)
    simulation.wait_until(END)
    return simulation


def wild(scenario: Scenario, crashes: tuple[Crash, ...] = ()) -> Run:
    """The scenario with everything that `Delivery` and chance do to it."""
    chance = Random(scenario.seed)
    simulation = Simulation(partitions=3, cached=chance.choice([2, 1000]), piece=chance.choice([2, 128]))
    todo: list[tuple[Event | bytes | None, Delivery | None]] = [
        (event, delivery) for event, delivery in scenario.facts for _ in range(delivery.copies)
    ]
    todo += [(value, None) for value in scenario.bad]
    chance.shuffle(todo)
    bad: list[tuple[str, Stored]] = []
    while todo or simulation.now < END or not simulation.quiet:
        if todo and chance.random() < 0.5:
            what, delivery = todo.pop(0)
            if delivery is not None and isinstance(what, dict):
                _publish(simulation, what, delivery)
            elif not isinstance(what, dict):
                bad.append(_publish_bad(simulation, what, chance))
        elif simulation.now < END and chance.random() < 0.2:
            simulation.now = min(END, simulation.now + chance.randint(1, 15))
        else:
            _work(simulation, chance, crashes)
    return Run(simulation, bad)


def _publish(simulation: Simulation, event: Event, delivery: Delivery) -> None:
    topic, field = HOME[event["type"]]
    own = event[field].encode()
    count = simulation.broker.partitions
    partition = (partition_for(own, count) + delivery.stray) % count
    key = own if isinstance(delivery.key, str) else delivery.key
    simulation.publish(topic, key, msgspec.json.encode(event), partition=partition)


def _publish_bad(simulation: Simulation, value: bytes | None, chance: Random) -> tuple[str, Stored]:
    topic, _ = chance.choice(sorted(HOME.values()))
    return topic, simulation.publish(topic, None, value, partition=chance.randrange(3))


def _work(simulation: Simulation, chance: Random, crashes: tuple[Crash, ...]) -> None:
    """One batch of one task: some of its topics in any order, of each some of what waits there."""
    ready: list[Task] = [
        task for task in simulation.tasks if task.pending(simulation.broker) or task.due(simulation.now)
    ]
    if not ready:
        return
    task = chance.choice(ready)
    pending = list(task.pending(simulation.broker).items())
    chance.shuffle(pending)
    taken = {topic: records[: chance.randint(0, len(records))] for topic, records in pending}
    batch = {topic: records for topic, records in taken.items() if records}
    if crashes and chance.random() < 0.2:
        crash = chance.choice(crashes)
        task.process(batch, simulation.now, simulation.broker, crash)
        if crash is not Crash.BEFORE_STATE:
            return
        # Fetched again as it was. If other topics came first this time, what the lost batch published would
        # stand until the next change of the video, though no fact says it any more: that is at least once.
    task.process(batch, simulation.now, simulation.broker)
