"""Run the fault suite: `python -m tests.chaos [SCENARIO ...] [--size small|hour|full] [--seed N] [--jobs N]`.

Exit codes: 0 nothing was lost; 1 something was; 2 there is no such scenario.
"""

import argparse
import logging
import sys
import time
from pathlib import Path

from tests.chaos.runner import play_all
from tests.chaos.scenario import SIZES, Scenario
from tests.chaos.suite import SCENARIOS
from tests.chaos.table import markdown


def main() -> int:
    """Run what the command line names."""
    options = _options()
    chosen = [each for each in SCENARIOS if not options.scenario or each.name in options.scenario]
    if options.list:
        for each in chosen:
            sizes = ", ".join(f"{size} {each.amount(size):,}" for size in SIZES)
            print(f"{each.name:36} {sizes} {each.unit}")
        return 0
    if len(chosen) < len(set(options.scenario)):
        print("no such scenario; --list names them", file=sys.stderr)
        return 2
    logging.disable(logging.CRITICAL)
    return _play(chosen, options)


def _play(chosen: list[Scenario], options: argparse.Namespace) -> int:
    amounts = {each: options.amount or max(1, each.amount(options.size) // options.part) for each in chosen}
    began = time.monotonic()
    outcomes = play_all(amounts, options.seed, options.jobs)
    table = markdown(outcomes, time.monotonic() - began)
    if options.markdown:
        options.markdown.write_text(table)
    return 1 if any(outcome.error for outcome in outcomes) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="The fault suite.")
    parser.add_argument("scenario", nargs="*", help="by name (--list); all without one")
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--part", type=int, default=1, metavar="N", help="the Nth part of the size")
    parser.add_argument("--amount", type=int, help="how often, instead of the size's")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="replays a run")
    parser.add_argument(
        "--jobs", type=int, default=4, help="how many at a time (most of a scenario is waiting)"
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the figures there, as a table")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
