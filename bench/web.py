"""`make bench-web`: the web of one worker under load, on real Kafka.

Lists of 50 videos at 500 requests/s while 5,000 events/s are folded; then 2,000 event streams, from a change
to its clients. Requests leave by the clock: what an answer is late, the next ones are not spared.
`SECONDS`, `RATE`, `EVENTS_PER_S` and `STREAMS` in the environment change the size.
"""

import asyncio
import itertools
import json
import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from confluent_kafka import Producer

from bench.events import Load, generate
from demo.brokers.kafka import RealKafka
from tests.kafka.cluster import Cluster, Worker

CREATORS = 200
VIDEOS = 50
SECONDS = int(os.environ.get("SECONDS", "30"))
RATE = int(os.environ.get("RATE", "500"))
EVENTS_PER_S = int(os.environ.get("EVENTS_PER_S", "5000"))
STREAMS = int(os.environ.get("STREAMS", "2000"))
CHANGES_PER_S = 20
CONNECTIONS = 50


class Result(NamedTuple):
    """Latencies in milliseconds."""

    what: str
    latencies: Sequence[float]
    target: str

    def row(self) -> str:
        """A row of Markdown."""
        cuts = statistics.quantiles(self.latencies, n=1000, method="inclusive")
        p50, p99, p999 = cuts[499], cuts[989], cuts[998]
        return (
            f"| {self.what} | {len(self.latencies):,} | {p50:.1f} | {p99:.1f} | {p999:.1f} | "
            f"{max(self.latencies):.1f} | {self.target} |"
        )


def main() -> None:
    """Measure and print."""
    with (
        RealKafka() as kafka,
        tempfile.TemporaryDirectory() as directory,
        Cluster(kafka.bootstrap, "bench-web-", Path(directory)) as cluster,
    ):
        worker = cluster.worker().until_ready()
        cluster.produce(list(_videos()))
        cluster.settle()
        print("| what | number | p50 ms | p99 | p99.9 | most | target p99 |")
        print("|---|---|---|---|---|---|---|", flush=True)
        print(_lists(cluster, worker).row(), flush=True)
        cluster.settle()
        for result in _streams(cluster, worker):
            print(result.row(), flush=True)


def _producer(cluster: Cluster, linger_ms: int) -> Producer:
    return Producer(
        {"bootstrap.servers": cluster.bootstrap, "partitioner": "murmur2_random", "linger.ms": linger_ms}
    )


def _videos() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for creator, video in itertools.product(range(CREATORS), range(VIDEOS)):
        links = [{"product_id": f"l{creator}-{video}-{link}"} for link in range(3)]
        yield (
            "video-links",
            f"list{creator}",
            {
                "type": "video_posted",
                "event_id": f"post-{creator}-{video}",
                "occurred_at": 1_700_000_000_000 + video,
                "creator_id": f"list{creator}",
                "video_id": f"list{creator}-{video}",
                "title": f"Video {video}",
                "links": links,
            },
        )


def _lists(cluster: Cluster, worker: Worker) -> Result:
    stop = threading.Event()
    events = threading.Thread(target=_produce_evenly, args=(cluster, stop))
    events.start()
    time.sleep(5)
    try:
        latencies = asyncio.run(_ask(worker.port))
    finally:
        stop.set()
        events.join()
    what = f"list of {VIDEOS} videos, {RATE}/s for {SECONDS} s, {EVENTS_PER_S:,} events/s folded"
    return Result(what, latencies, "10")


def _produce_evenly(cluster: Cluster, stop: threading.Event) -> None:
    producer = Producer(
        {"bootstrap.servers": cluster.bootstrap, "partitioner": "murmur2_random", "linger.ms": 5}
    )
    mix = generate(Load(EVENTS_PER_S * (SECONDS + 30)))
    began, sent = time.monotonic(), 0
    while not stop.is_set():
        due = int((time.monotonic() - began) * EVENTS_PER_S)
        for topic, key, value in itertools.islice(mix, max(0, due - sent)):
            producer.produce(cluster.prefix + topic, value, key=key)
            sent += 1
        producer.poll(0)
        time.sleep(0.005)
    producer.flush(30)


async def _ask(port: int) -> list[float]:
    latencies: list[float] = []
    began = time.perf_counter() + 0.1

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for turn in range(RATE * SECONDS // CONNECTIONS):
            due = began + (turn * CONNECTIONS + number) / RATE
            await asyncio.sleep(max(0, due - time.perf_counter()))
            path = f"/v1/creators/list{random.randrange(CREATORS)}/videos?limit={VIDEOS}"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = next(line for line in head.splitlines() if line.lower().startswith(b"content-length"))
            await reader.readexactly(int(length.split(b":")[1]))
            latencies.append((time.perf_counter() - due) * 1000)
        writer.close()

    await asyncio.gather(*(client(number) for number in range(CONNECTIONS)))
    return latencies


def _streams(cluster: Cluster, worker: Worker) -> list[Result]:
    from_change, from_fact = asyncio.run(_listen(cluster, worker.port))
    return [
        Result(f"{STREAMS:,} event streams: change processed to client", from_change, "100"),
        Result("the same, from the fact's production", from_fact, ""),
    ]


async def _listen(cluster: Cluster, port: int) -> tuple[list[float], list[float]]:
    from_change: list[float] = []
    from_fact: list[float] = []
    ready = asyncio.Semaphore(0)

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        path = f"/v1/creators/list{number % CREATORS}/events"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        ready.release()
        async for line in reader:
            if line.startswith(b'data: {"type"'):
                now = time.time() * 1000
                change = json.loads(line[6:])
                from_change.append(now - _ms(change["processed_at"]))
                from_fact.append(now - _ms(change["occurred_at"]))

    clients = [asyncio.create_task(client(number)) for number in range(STREAMS)]
    for _ in clients:
        await ready.acquire()
    await asyncio.sleep(3)
    await asyncio.to_thread(_decide_evenly, cluster, SECONDS)
    await asyncio.sleep(2)
    for each in clients:
        each.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    expected = CHANGES_PER_S * SECONDS * STREAMS // CREATORS
    assert len(from_change) == expected, f"{len(from_change)} of {expected} events arrived"
    return from_change, from_fact


def _decide_evenly(cluster: Cluster, seconds: int) -> None:
    producer = Producer(
        {"bootstrap.servers": cluster.bootstrap, "partitioner": "murmur2_random", "linger.ms": 0}
    )
    began = time.monotonic()
    places = itertools.product(range(3), range(VIDEOS), range(CREATORS))
    for number, (link, video, creator) in zip(range(CHANGES_PER_S * seconds), places, strict=False):
        time.sleep(max(0.0, began + number / CHANGES_PER_S - time.monotonic()))
        event = {
            "type": "seller_decision",
            "event_id": f"decide-{number}",
            "occurred_at": time.time_ns() // 1_000_000,
            "creator_id": f"list{creator}",
            "product_id": f"l{creator}-{video}-{link}",
            "decision": "rejected",
        }
        producer.produce(
            f"{cluster.prefix}seller-decisions", json.dumps(event).encode(), key=f"list{creator}"
        )
        producer.poll(0)
    producer.flush(30)


def _ms(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() * 1000


if __name__ == "__main__":
    main()
