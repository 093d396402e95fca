"""The video fold on our runtime: what `bench/kstreams` does, to compare with it. Run by `bench.versus`."""

import asyncio
import gc
import json
import os
import time
from pathlib import Path
from typing import Literal

import uvloop
from msgspec import Struct
from msgspec.json import Decoder, Encoder
from msgspec.msgpack import Decoder as StateDecoder
from msgspec.msgpack import Encoder as StateEncoder

from streams.runtime.app import BatchApp, Config
from streams.runtime.records import Batch, Effects, Outgoing
from streams.runtime.step import StepContext, StepSpec, TableSpec
from streams.runtime.table import Table

PARTITIONS = 4

# Of each link: decision, its time, expired, its time, stock, its time, verdict, its time.
Links = dict[str, list[int]]


class Event(Struct, gc=False):
    """What all events have in common."""

    video_id: str
    event_time: int


class LinksPosted(Event, tag="links_posted", tag_field="type", gc=False):
    """A video and its products."""

    product_ids: list[str]


class SellerDecision(Event, tag="seller_decision", tag_field="type", gc=False):
    """1 approved, 2 rejected."""

    product_id: str
    decision: Literal["approved", "rejected"]


class InviteExpired(Event, tag="invite_expired", tag_field="type", gc=False):
    """1 expired."""

    product_id: str


class Inventory(Event, tag="inventory", tag_field="type", gc=False):
    """1 in stock, 2 out of it."""

    product_id: str
    quantity: int


class Moderation(Event, tag="moderation", tag_field="type", gc=False):
    """1 approved, 2 a violation."""

    product_id: str
    verdict: Literal["approved", "violation"]


AnyEvent = LinksPosted | SellerDecision | InviteExpired | Inventory | Moderation
_decode = Decoder(AnyEvent).decode
_to_json = Encoder().encode


class State:
    """Codec of a video's links."""

    encode = StateEncoder().encode
    decode = StateDecoder(Links).decode


class Fold:
    """Counts each video's links in review and in need of attention, and tells when a count changes."""

    def __init__(self, context: StepContext) -> None:
        self._videos: Table[Links] = context.tables["videos"]

    def process(self, batch: Batch, now: int) -> list[Outgoing]:
        """Fold a batch."""
        out = []
        for records in batch.records.values():
            events = [(record.key or b"", _decode(record.value or b"")) for record in records]
            self._videos.prefetch({key for key, _ in events})
            for key, event in events:
                links = self._videos.get(key) or {}
                before = count(links)
                fold(links, event)
                self._videos.put(key, links)
                after = count(links)
                if after != before:
                    body = {"video_id": event.video_id, "need_attention": after[0], "in_review": after[1]}
                    value = _to_json({**body, "before": before})
                    out.append(Outgoing(os.environ["OUT"], key, value, partition=batch.partition))
        return out

    def deadline(self) -> None:
        """There are none."""


def fold(links: Links, event: AnyEvent) -> None:
    """Take one event."""
    if isinstance(event, LinksPosted):
        for product_id in event.product_ids:
            links.setdefault(product_id, [0, 0, 0, 0, 1, 0, 0, 0])
        return
    link = links.get(event.product_id)
    if link is None:
        return
    facet, value = _facet(event)
    if event.event_time >= link[facet + 1]:
        link[facet], link[facet + 1] = value, event.event_time


def _facet(event: SellerDecision | InviteExpired | Inventory | Moderation) -> tuple[int, int]:
    kind = type(event)
    if isinstance(event, SellerDecision):
        return 0, 1 if event.decision == "approved" else 2
    if kind is InviteExpired:
        return 2, 1
    if isinstance(event, Inventory):
        return 4, 1 if event.quantity > 0 else 2
    return 6, 1 if isinstance(event, Moderation) and event.verdict == "approved" else 2


def count(links: Links) -> tuple[int, int]:
    """Links that need attention, and links in review."""
    attention = review = 0
    for link in links.values():
        if link[6] == 2 or link[0] == 2 or link[2] == 1 or link[4] == 2:
            attention += 1
        elif link[0] == 0 or link[6] == 0:
            review += 1
    return attention, review


class Finish:
    """Watches batches until all events are durable, then prints what they took."""

    def __init__(self, events: int) -> None:
        self.done = asyncio.Event()
        self._events = events
        self._seen = self._changes = 0
        self._started: tuple[float, float] | None = None

    def finished(self, batch: Batch, effects: Effects, folding_s: float, committing_s: float) -> None:
        """One more batch."""
        if self._started is None:
            self._started = time.perf_counter() - folding_s - committing_s, time.process_time() - folding_s
        self._seen += len(batch)
        self._changes += len(effects.outputs)
        if self._seen >= self._events and not self.done.is_set():
            wall, cpu = time.perf_counter() - self._started[0], time.process_time() - self._started[1]
            print("RESULT", json.dumps({"wall": wall, "cpu": cpu, "emitted": self._changes}), flush=True)
            self.done.set()


async def _main() -> None:
    run, source = os.environ["APPID"], os.environ["IN"]
    changelog = f"{run}-changelog"
    spec = StepSpec("fold", (source,), (TableSpec("videos", changelog, State()),), Fold)
    config = Config(
        group=run,
        bootstrap_servers=os.environ["BROKER"],
        directory=Path(os.environ["DATADIR"]),
        exactly_once=os.environ["GUARANTEE"] == "exactly_once",
        batch_max_records=10_000,
        commit_interval_ms=200,
        session_timeout_ms=10_000,
        group_instance_id=None,
        cached_objects=200_000,
        block_cache_bytes=64 << 20,
        write_buffer_bytes=64 << 20,
        url="http://127.0.0.1",
    )
    finish = Finish(int(os.environ["N"]))
    counts = dict.fromkeys((source, os.environ["OUT"], changelog), PARTITIONS)
    await BatchApp(config, [spec], counts, lambda: time.time_ns() // 1_000_000, finish).run_until(finish.done)


if __name__ == "__main__":
    gc.freeze()
    gc.disable()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main())
