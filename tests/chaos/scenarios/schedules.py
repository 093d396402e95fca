"""Simulated schedules, without a broker, on all cores."""

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.chaos.deployment import Broken
from tests.chaos.scenario import Context, Figures

_AT_ONCE = 500


def schedules(context: Context, amount: int) -> Figures:
    """As many worlds, every other one at least once."""
    first = context.seed
    chunks = [
        (start, min(start + _AT_ONCE, first + amount)) for start in range(first, first + amount, _AT_ONCE)
    ]
    problems: list[str] = []
    happened: Counter[str] = Counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for found, counted in pool.map(lambda chunk: _play(*chunk), chunks):
            problems += found
            happened += Counter(counted)
    if problems:
        raise Broken(problems)
    return dict(sorted(happened.items()))


def _play(start: int, stop: int) -> tuple[list[str], dict[str, int]]:
    # Sets of text are walked in the order of their hashes, which must repeat for a seed to.
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-m", "tests.chaos.simulated", str(start), str(stop)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    problems, happened = json.loads(done.stdout)
    return problems, happened
