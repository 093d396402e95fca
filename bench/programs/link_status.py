"""The video fold on our runtime (orders: `bench.engines`)."""

import asyncio
import gc
import os
import signal
import time
from collections.abc import Coroutine
from functools import cache, partial
from pathlib import Path
from typing import Any

import uvloop
from msgspec.json import Encoder
from msgspec.msgpack import Decoder as StateDecoder
from msgspec.msgpack import Encoder as StateEncoder

from bench.broker import PARTITIONS
from bench.engines.engine import EXACTLY_ONCE, changelog
from bench.processes import BEGIN
from bench.videofold.changes import Change
from bench.videofold.fold import Video, decode
from streams.runtime.app import BatchApp
from streams.runtime.config import Config
from streams.runtime.connection import Connection
from streams.runtime.records import Batch, Effects, Outgoing
from streams.runtime.step import StepContext, StepSpec, TableSpec
from streams.runtime.table import Table

STEP = "fold"
_encode = Encoder().encode


class State:
    """Codec of the table."""

    encode = StateEncoder().encode
    decode = StateDecoder(Video).decode


class Fold:
    """Tells when a video's counts change."""

    def __init__(self, context: StepContext, sink: str) -> None:
        self._videos: Table[Video] = context.tables["videos"]
        self._sink = sink

    def process(self, batch: Batch, now: int) -> list[Outgoing]:
        """Fold a batch."""
        _begin()
        videos, sink, partition = self._videos, self._sink, batch.partition
        out = []
        for records in batch.records.values():
            keys = [record.key or b"" for record in records]
            videos.prefetch(set(keys))
            for key, record in zip(keys, records, strict=True):
                event = decode(record.value or b"")
                video = videos.get(key) or Video({})
                before = video.take(event)
                videos.put(key, video)
                if before is not None:
                    change = Change(event.video_id, *video.counts, before)
                    out.append(Outgoing(sink, key, _encode(change), partition=partition))
        return out

    def deadline(self) -> None:
        """There are none."""


class Unobserved:
    """An observer that looks away."""

    def finished(self, batch: Batch, effects: Effects, folding_s: float, committing_s: float) -> None:
        """One more batch."""


@cache
def _begin() -> None:
    print(BEGIN, flush=True)


def build() -> BatchApp:
    """The app, by the orders in the environment."""
    run, source, sink = os.environ["RUN"], os.environ["SOURCE"], os.environ["SINK"]
    log = changelog(run)
    spec = StepSpec(STEP, (source,), (TableSpec("videos", log, State()),), partial(Fold, sink=sink))
    config = Config(
        group=run,
        connection=Connection(os.environ["BROKER"]),
        directory=Path(os.environ["DATA"]),
        exactly_once=os.environ["GUARANTEE"] == EXACTLY_ONCE,
        batch_max_records=20_000,
        commit_interval_ms=1_000,
        commit_max_writes=50_000,
        compression="lz4",
        session_timeout_ms=10_000,
        group_instance_id=None,
        cached_objects=200_000,
        block_cache_bytes=64 << 20,
        write_buffer_bytes=64 << 20,
        url=f"http://127.0.0.1:{6066 + int(os.environ['INDEX'])}",
    )
    counts = dict.fromkeys((source, sink, log), PARTITIONS)
    return BatchApp(config, [spec], counts, _now, Unobserved())


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` as a worker runs."""
    gc.freeze()
    gc.disable()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


async def _main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await build().run_until(stop)


def _now() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    run(_main())
