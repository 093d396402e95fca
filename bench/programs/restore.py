"""Restores the video fold's state as a worker does when partitions are assigned, and prints what it took.

Orders as in `bench.engines`; the changelog of RUN is full.
"""

import asyncio
import json
import os
import time
from pathlib import Path

from aiokafka.structs import TopicPartition

from bench.broker import PARTITIONS
from bench.engines.engine import changelog
from bench.programs import link_status
from streams.runtime.resources import Resources
from streams.runtime.store import Store


async def _main() -> None:
    app = link_status.build()
    wall, cpu = time.perf_counter(), time.process_time()
    await app.tasks.open([TopicPartition(os.environ["SOURCE"], number) for number in range(PARTITIONS)])
    took = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    await app.tasks.close()
    print(json.dumps({"records": sum(await asyncio.gather(*map(_restored, range(PARTITIONS)))), **took}))


async def _restored(partition: int) -> int:
    """How far the store of a partition is in its changelog."""
    run = os.environ["RUN"]
    path = Path(os.environ["DATA"]) / run / f"{link_status.STEP}-{partition}"
    store = await Store.open(path, Resources(1 << 20, 1 << 20))
    position = store.position(changelog(run))
    store.close()
    return position or 0


if __name__ == "__main__":
    link_status.run(_main())
