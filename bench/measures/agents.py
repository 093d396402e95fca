"""The video fold against Faust as its documentation writes agents: far fewer events, at least once."""

from collections.abc import Iterator

from bench.broker import Broker
from bench.engines import ours
from bench.engines.engine import AT_LEAST_ONCE
from bench.figures import Figure, Target, ratios
from bench.measures.timing import loaded, time_once
from bench.sizes import Sizes

NAME = "Faust's agents"

_TARGET = Target(25)


def measure(broker: Broker, sizes: Sizes) -> Iterator[Figure]:
    """Faust gets a small load, which it needs no warm-up for; our runtime the large one."""
    speeds: dict[str, list[float]] = {ours.ONE.name: [], ours.AGENTS.name: []}
    with loaded(broker, sizes.agent_events) as small, loaded(broker, sizes.fold_events) as large:
        for _ in range(sizes.runs):
            for engine, load in ((ours.ONE, large), (ours.AGENTS, small)):
                timing = time_once(broker, engine, load, AT_LEAST_ONCE)
                speeds[engine.name].append(timing.events_per_s)
    for name, runs in speeds.items():
        yield Figure(NAME, AT_LEAST_ONCE, name, "events/s", runs)
    ratio = ratios(speeds[ours.ONE.name], speeds[ours.AGENTS.name])
    what = f"{ours.ONE.name} / {ours.AGENTS.name}"
    yield Figure(NAME, AT_LEAST_ONCE, what, "events/s, ratio", ratio, _TARGET)
