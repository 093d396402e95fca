"""Simulated schedules, without a broker, on all cores."""

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from tests.chaos.deployment import Broken
from tests.chaos.scenario import Context, Figures
from tests.support.environment import inherited

_AT_ONCE = 2_500  # so that starting Python is little of it


class Played(NamedTuple):
    """What was found in some worlds, and what happened how often."""

    problems: list[str]
    happened: dict[str, int]


def schedules(context: Context, amount: int) -> Figures:
    """As many worlds, every other one at least once."""
    stop = context.seed + amount
    starts = range(context.seed, stop, _AT_ONCE)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = list(pool.map(lambda start: worlds(start, min(start + _AT_ONCE, stop)), starts))
    problems = [problem for part in parts for problem in part.problems]
    if problems:
        raise Broken(problems)
    return dict(sorted(sum((Counter(part.happened) for part in parts), Counter[str]()).items()))


def worlds(start: int, stop: int) -> Played:
    """The worlds of these seeds, in a process of their own."""
    # Sets of text are walked in the order of their hashes, which must repeat for a seed to.
    environment = {**inherited(), "PYTHONHASHSEED": "0"}
    # Scenarios on brokers have deadlines, and run beside it: it takes what they leave.
    command = ["nice", sys.executable, "-m", "tests.chaos.simulated", str(start), str(stop)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return Played(*json.loads(done.stdout))
