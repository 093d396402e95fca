"""`link-status worker` in which what runs beside the app fails; WHAT says what of it."""

import os
import sys

from streams import cli, process
from streams.absence import Absence
from streams.runtime.inputs import Inputs

_PLACES = {
    "absence": (Absence, "watch"),
    "garbage": (process, "collect_garbage"),
    "lag": (Inputs, "watch"),
}


async def fail(*_: object) -> None:
    raise RuntimeError("a fault of ours")


if __name__ == "__main__":
    setattr(*_PLACES[os.environ["WHAT"]], fail)
    sys.argv[1:] = ["worker"]
    cli.main()
