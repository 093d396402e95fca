"""Play worlds: `PYTHONHASHSEED=0 python -m tests.chaos.simulated START STOP [aloud]`.

Prints the problems and what happened how often, as JSON.
"""

import gc
import json
import logging
import sys
from collections import Counter

from tests.chaos.simulated.world import play


def main() -> None:
    """Even seeds are exactly once, odd ones at least once. With `aloud` the runtime's log goes to stderr."""
    start, stop = map(int, sys.argv[1:3])
    if sys.argv[3:] != ["aloud"]:
        logging.disable(logging.CRITICAL)
    logging.basicConfig(level="INFO")
    gc.freeze()  # what is loaded stays, and need not be walked over
    problems: list[str] = []
    happened: Counter[str] = Counter()
    for seed in range(start, stop):
        result = play(seed, exactly_once=seed % 2 == 0)
        happened += result.happened
        problems += [f"seed {seed}: {problem}" for problem in result.problems]
    print(json.dumps([problems, happened]))


if __name__ == "__main__":
    main()
