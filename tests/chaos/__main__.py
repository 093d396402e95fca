"""Run the fault suite: `python -m tests.chaos [SCENARIO ...] [--size small|full] [--seed N] [--jobs N]`.

Exit codes: 0 nothing was lost; 1 something was; 2 there is no such scenario.
"""

import argparse
import logging
import sys
import time

from tests.chaos.runner import play_all
from tests.chaos.suite import SCENARIOS


def main() -> int:
    """Run what the command line names."""
    options = _options()
    chosen = [each for each in SCENARIOS if not options.scenario or each.name in options.scenario]
    if options.list:
        for each in chosen:
            print(f"{each.name:36} small {each.small:,}, full {each.full:,} {each.unit}")
        return 0
    if len(chosen) < len(set(options.scenario)):
        print("no such scenario; --list names them", file=sys.stderr)
        return 2
    logging.disable(logging.CRITICAL)
    return 0 if play_all(chosen, options.size == "full", options.amount, options.seed, options.jobs) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="The fault suite.")
    parser.add_argument("scenario", nargs="*", help="by name (--list); all without one")
    parser.add_argument("--size", choices=("small", "full"), default="small")
    parser.add_argument("--amount", type=int, help="how often, instead of the size's")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="replays a run")
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
