"""`link-status worker` that, once it says it has started, waits for the file GO before it joins its group."""

import asyncio
import os
import sys
from pathlib import Path

from streams import cli
from streams.runtime.app import BatchApp

_run_until = BatchApp.run_until


async def run_until(self: BatchApp, stop: asyncio.Event) -> None:
    while not Path(os.environ["GO"]).exists():
        await asyncio.sleep(0.01)
    await _run_until(self, stop)


if __name__ == "__main__":
    BatchApp.run_until = run_until  # type: ignore[method-assign]
    sys.argv[1:] = ["worker"]
    cli.main()
