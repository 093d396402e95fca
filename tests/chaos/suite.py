"""The fault suite, in one table."""

from tests.chaos.deployment import AT_LEAST_ONCE, EXACTLY_ONCE
from tests.chaos.scenario import Scenario
from tests.chaos.scenarios.clocks import clocks, deadlines
from tests.chaos.scenarios.disks import full_disks
from tests.chaos.scenarios.extremes import extremes
from tests.chaos.scenarios.formats import formats
from tests.chaos.scenarios.kills import kills, state_lost
from tests.chaos.scenarios.letters import refused_letters
from tests.chaos.scenarios.outages import outages
from tests.chaos.scenarios.poison import poison
from tests.chaos.scenarios.schedules import schedules
from tests.chaos.scenarios.stops import rebalances, stops
from tests.chaos.scenarios.storm import storm
from tests.chaos.scenarios.zombies import zombies

# Name, small, hour (a fifth of full; of schedules and storm a tenth), full. The longest come first, so that
# scenarios side by side end together.
SCENARIOS = (
    Scenario("schedules", 10_000, 100_000, 1_000_000, "worlds", schedules, needs_kafka=False),
    Scenario("storm", 100_000, 500_000, 5_000_000, "facts", storm),
    Scenario("broker outages, exactly once", 2, 8, 50, "outages", outages(EXACTLY_ONCE, 0)),
    Scenario("broker outages, at least once", 2, 8, 50, "outages", outages(AT_LEAST_ONCE, 2)),
    Scenario("killed, exactly once", 3, 10, 50, "kills", kills(EXACTLY_ONCE, 1)),
    Scenario("killed, at least once", 2, 10, 50, "kills", kills(AT_LEAST_ONCE, 1)),
    Scenario("3 workers killed, exactly once", 3, 10, 50, "kills", kills(EXACTLY_ONCE, 3)),
    Scenario("3 workers killed, at least once", 2, 10, 50, "kills", kills(AT_LEAST_ONCE, 3)),
    Scenario("state lost, exactly once", 1, 5, 25, "restorations", state_lost(EXACTLY_ONCE)),
    Scenario("state lost, at least once", 1, 5, 25, "restorations", state_lost(AT_LEAST_ONCE)),
    Scenario("rebalance storm", 5, 20, 100, "rebalances", rebalances),
    Scenario("SIGTERM", 5, 40, 200, "stops", stops),
    Scenario("zombie", 2, 4, 20, "pauses", zombies),
    Scenario("poison", 10_000, 200_000, 1_000_000, "mutations", poison),
    Scenario("extremes", 1, 4, 20, "videos", extremes),
    Scenario("dead letters refused", 1, 2, 10, "times", refused_letters),
    Scenario("disk full", 1, 2, 10, "times", full_disks),
    Scenario("clock jumps", 1, 2, 10, "rounds", clocks),
    Scenario("deadlines while down", 1, 1, 1, "round", deadlines),
    Scenario("earlier state formats", 1, 1, 1, "round", formats),
)
