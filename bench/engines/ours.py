"""Our runtime, and Faust as its documentation writes agents."""

import sys

from bench.engines.engine import Engine


def _link_status() -> tuple[str, ...]:
    return sys.executable, "-m", "bench.programs.link_status"


def _faust() -> tuple[str, ...]:
    return sys.executable, "-m", "bench.programs.faust_agents"


ONE = Engine("link status, 1 process", _link_status)
TWO = Engine("link status, 2 processes", _link_status, processes=2)
AGENTS = Engine("Faust, agents as documented", _faust)
