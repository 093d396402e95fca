"""The video fold on Faust, as its documentation writes agents (orders: `bench.engines`).

JSON events, a table in RocksDB with its changelog, one event after the other.
"""

import os
import sys
from typing import Any

import faust

from bench.broker import PARTITIONS
from bench.processes import BEGIN
from bench.videofold.plain import Links, change

app = faust.App(
    os.environ["RUN"],
    broker=f"kafka://{os.environ['BROKER']}",
    store="rocksdb://",
    datadir=os.environ["DATA"],
    topic_partitions=PARTITIONS,
    topic_replication_factor=1,
    web_enabled=False,
)
source = app.topic(os.environ["SOURCE"], key_type=bytes, key_serializer="raw", value_serializer="json")
sink = app.topic(os.environ["SINK"], key_type=bytes, key_serializer="raw", value_serializer="json")
videos = app.Table("videos", default=dict)


@app.agent(source)
async def fold(events: Any) -> None:
    """Tell when a video's counts change."""
    began = False
    async for key, event in events.items():
        if not began:
            print(BEGIN, file=sys.__stdout__, flush=True)  # the worker turns the other one into a log
            began = True
        links: Links = videos[event["video_id"]]
        made = change(links, event)
        videos[event["video_id"]] = links
        if made is not None:
            await sink.send(key=key, value=made)


if __name__ == "__main__":
    sys.argv[1:] = ["worker", "--loglevel", "warn", "--without-web"]
    app.main()
