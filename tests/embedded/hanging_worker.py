"""`link-status worker` whose step by creator hangs in each batch that has records."""

import asyncio
import sys
from collections.abc import Callable

from streams import cli
from streams.runtime.records import Batch
from streams.runtime.task import Observer, Task
from streams.topology import LINKS

_process = Task.process


async def process(
    self: Task, batch: Batch, now: int, observer: Observer, leave: Callable[[], None] = lambda: None
) -> None:
    if batch.step == LINKS and len(batch):
        await asyncio.Event().wait()
    await _process(self, batch, now, observer, leave)


if __name__ == "__main__":
    Task.process = process  # type: ignore[method-assign]
    sys.argv[1:] = ["worker"]
    cli.main()
