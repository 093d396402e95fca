"""The web of one worker: lists while it folds events, and event streams from a change to their clients."""

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Iterable, Iterator

from bench.broker import Broker
from bench.engines.engine import EXACTLY_ONCE
from bench.figures import Figure, Target
from bench.measures.latency import percentile
from bench.sizes import Sizes
from bench.wholejob.clients import Heard, Listeners, ask
from bench.wholejob.deployment import Deployment, deployed
from bench.wholejob.events import Event, generate, load_of

NAME = "web"

REQUESTS_PER_S = 500
EVENTS_PER_S = 5_000
CHANGES_PER_S = 20
CREATORS = 200
VIDEOS = 50

_LIST_P99 = Target(10, at_most=True)
_STREAM_P99 = Target(100, at_most=True)


def measure(broker: Broker, sizes: Sizes) -> Iterator[Figure]:
    """Exactly once, the default; the clients share the machine with broker and worker."""
    lists, heard = [], []
    for _ in range(sizes.runs):
        with deployed(broker, EXACTLY_ONCE) as deployment, deployment.running() as running:
            deployment.fill(_videos())
            running.settle(CREATORS * VIDEOS)
            lists.append(_lists(broker, deployment, running.ports[0], sizes))
            running.settle(CREATORS * VIDEOS)
            heard.append(_streams(broker, deployment, running.ports[0], sizes))
    subject = f"list of {VIDEOS} videos, {REQUESTS_PER_S}/s at {EVENTS_PER_S} events/s"
    yield from _figures(subject, lists, _LIST_P99)
    subject = f"{sizes.web_streams} event streams, change to client"
    yield from _figures(subject, [each.from_change for each in heard], _STREAM_P99)
    yield from _figures(f"{subject}, from the fact", [each.from_fact for each in heard], None)


def _figures(subject: str, runs: list[list[float]], target: Target | None) -> Iterator[Figure]:
    for unit, share, its_target in (("p50 ms", 0.5, None), ("p99 ms", 0.99, target)):
        yield Figure(NAME, EXACTLY_ONCE, subject, unit, [percentile(run, share) for run in runs], its_target)


def _videos() -> Iterator[Event]:
    for creator, video in itertools.product(range(CREATORS), range(VIDEOS)):
        links = [{"product_id": f"l{creator}-{video}-{link}"} for link in range(3)]
        event = {
            "type": "video_posted",
            "event_id": f"post-{creator}-{video}",
            "occurred_at": 1_700_000_000_000 + video,
            "creator_id": f"list{creator}",
            "video_id": f"list{creator}-{video}",
            "title": f"Video {video}",
            "links": links,
        }
        yield "video-links", f"list{creator}", json.dumps(event).encode()


def _lists(broker: Broker, deployment: Deployment, port: int, sizes: Sizes) -> list[float]:
    # As for the other latencies: a broker that has just started is busy with compiling itself.
    warm_up_s = sizes.warm_up_s
    paths = [f"/v1/creators/list{creator}/videos?limit={VIDEOS}" for creator in range(CREATORS)]
    stop = threading.Event()
    events = EVENTS_PER_S * (sizes.web_s + 2 * warm_up_s)
    load = generate(load_of(events))
    sending = threading.Thread(target=_send, args=(broker, deployment, load, EVENTS_PER_S, stop))
    sending.start()
    try:
        time.sleep(warm_up_s)
        return asyncio.run(ask(port, paths, REQUESTS_PER_S, sizes.web_s))
    finally:
        stop.set()
        sending.join()


def _streams(broker: Broker, deployment: Deployment, port: int, sizes: Sizes) -> Heard:
    async def listen() -> Heard:
        listeners = Listeners(port)
        await listeners.begin([f"list{number % CREATORS}" for number in range(sizes.web_streams)])
        changes = CHANGES_PER_S * sizes.web_s
        decisions = itertools.islice(_decisions(), changes)
        never = threading.Event()
        await asyncio.to_thread(_send, broker, deployment, decisions, CHANGES_PER_S, never)
        await asyncio.sleep(2)
        await listeners.end()
        expected = sum(
            1 for change in range(changes) for _ in range(change % CREATORS, sizes.web_streams, CREATORS)
        )
        got = len(listeners.heard.from_change)
        assert got == expected, f"{got} of {expected} events arrived"
        return listeners.heard

    return asyncio.run(listen())


def _decisions() -> Iterator[Event]:
    """Rejections, dated as they are taken from here, of one link after the other, the creators in turn."""
    for link, video, creator in itertools.product(range(3), range(VIDEOS), range(CREATORS)):
        event = {
            "type": "seller_decision",
            "event_id": f"decide-{creator}-{video}-{link}",
            "occurred_at": time.time_ns() // 1_000_000,
            "creator_id": f"list{creator}",
            "product_id": f"l{creator}-{video}-{link}",
            "decision": "rejected",
        }
        yield "seller-decisions", f"list{creator}", json.dumps(event).encode()


def _send(
    broker: Broker, deployment: Deployment, events: Iterable[Event], per_s: int, stop: threading.Event
) -> None:
    """So many a second, evenly, until there are none or `stop` is set."""
    producer = broker.producer(linger_ms=0)
    began, sent, events = time.monotonic(), 0, iter(events)
    while not stop.is_set():
        due = int((time.monotonic() - began) * per_s) + 1
        batch = list(itertools.islice(events, due - sent)) if due > sent else []
        if due > sent and not batch:
            break
        for topic, key, value in batch:
            producer.produce(deployment.topic(topic), value, key.encode())
        sent += len(batch)
        producer.poll(0)
        time.sleep(0.002)
    producer.flush(30)
