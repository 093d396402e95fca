"""The video fold on Quix Streams, as it documents stateful applications (orders: `bench.engines`).

It runs in an environment of its own, which has Quix Streams and nothing of ours.
"""

import os
import signal
from collections.abc import Callable
from typing import Any

from quixstreams import Application, State

from bench.videofold.plain import change

EVENTS = int(os.environ["EVENTS"])


def main() -> None:
    """Run until SIGTERM; commit at once when all events are seen."""
    watch = Watch()
    app = Application(
        broker_address=os.environ["BROKER"],
        consumer_group=os.environ["RUN"],
        auto_offset_reset="earliest",
        processing_guarantee=os.environ["GUARANTEE"].replace("_", "-"),
        commit_interval=float(os.environ["COMMIT_S"]),
        state_dir=os.environ["DATA"],
        producer_extra_config={"linger.ms": 50, "compression.type": "lz4"},
        loglevel="WARNING",
        on_message_processed=lambda topic, partition, offset: watch.processed(),
    )
    watch.when_done = app.stop
    source = app.topic(os.environ["SOURCE"], value_deserializer="json", key_deserializer="bytes")
    sink = app.topic(os.environ["SINK"], value_serializer="json", key_serializer="bytes")
    changes = app.dataframe(source).apply(fold, stateful=True)
    changes.filter(lambda made: made is not None).to_topic(sink)
    app.run()
    if watch.seen == EVENTS:
        signal.pause()


def fold(event: dict[str, Any], state: State) -> dict[str, Any] | None:
    """Take one event; returns the change, if a count changed."""
    links = state.get("links") or {}
    made = change(links, event)
    state.set("links", links)
    return made


class Watch:
    """Counts, says when it begins, and stops the application after the last event, which commits."""

    def __init__(self) -> None:
        self.seen = 0
        self.when_done: Callable[[], None]

    def processed(self) -> None:
        """One more record."""
        if not self.seen:
            print("BEGIN", flush=True)
        self.seen += 1
        if self.seen == EVENTS:
            self.when_done()


if __name__ == "__main__":
    main()
