"""The audit finds nothing where nothing is wrong, and finds whatever is."""

from hypothesis import given

from tests.properties.chance import wild
from tests.properties.scenarios import Scenario, scenarios
from tests.support.audited import audited
from tests.support.simulation import Crash


@given(scenarios())
def test_a_state_that_is_right_passes(scenario: Scenario) -> None:
    simulation = wild(scenario, (Crash.BEFORE_OUTPUTS, Crash.BEFORE_OFFSETS)).simulation
    assert audited(simulation) == []
