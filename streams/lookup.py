"""What Kafka holds of one video: its published status, and the state that a worker would restore.

No worker is asked, and none needs to run: docs/decisions/040.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from streams import keys, queries, reading, topology
from streams.domain.video import Video
from streams.progress import Progress
from streams.runtime.partitioner import partition_for
from streams.runtime.view import View
from streams.topics import Name, Topics
from streams.wire_format import unframed

Body = dict[str, Any]

_VIDEOS, _PRODUCTS, _CHANGES = "videos", "products", "changes"


class Stored(NamedTuple):
    """A video of a creator, and a view of all that an explanation of one of its links needs."""

    video: Video
    view: View


class Lookup:
    """Reads compacted topics from beginning to end, committed records only; keeps what is asked for."""

    def __init__(
        self, consumer: AIOKafkaConsumer, topics: Topics, partitions: Mapping[str, int], progress: Progress
    ) -> None:
        """`partitions` by full topic name; of topics that are not asked for, none is needed."""
        self._consumer = consumer
        self._topics = topics
        self._partitions = partitions
        self._progress = progress

    async def status(self, video_id: str) -> Body | None:
        """The record of video-status; None where there is none, or the video was deleted."""
        topic = self._topics.full_name(Name.VIDEO_STATUS)
        found = await self._latest({topic: [video_id.encode()]}, video_id)
        value = found[topic].get(video_id.encode())
        return None if value is None else json.loads(unframed(value))

    async def stored(self, creator_id: str, video_id: str, product_id: str) -> Stored | None:
        """What is known of a link; None where the creator has no such video."""
        spec = topology.links_step(self._topics)
        changelogs = {table.name: table.changelog for table in spec.tables}
        entries = _Entries()

        async def fetch(wanted: Mapping[str, Collection[bytes]]) -> None:
            found = await self._latest({changelogs[name]: each for name, each in wanted.items()}, creator_id)
            entries.tables.update({name: found[changelogs[name]] for name in wanted})

        await fetch({
            _VIDEOS: [keys.pair(creator_id, video_id)],
            _PRODUCTS: [keys.pair(creator_id, product_id)],
        })  # fmt: skip
        view = View(spec, 0, 1, entries)
        video = queries.video(view, creator_id, video_id)
        if video is None:
            return None
        await fetch({_CHANGES: [keys.numbered(creator_id, number) for number in video.history]})
        return Stored(video, view)

    async def _latest(
        self, wanted: Mapping[str, Collection[bytes]], partitioned_by: str
    ) -> dict[str, dict[bytes, bytes]]:
        """The last values of some keys, by topic; all lie on the partition of one id."""
        places = {self._place(topic, partitioned_by): frozenset(each) for topic, each in wanted.items()}
        spans = await reading.spans(self._consumer, list(places))
        self._progress.stage(f"reading {', '.join(wanted)}", reading.size(spans))
        found: dict[str, dict[bytes, bytes | None]] = {topic: {} for topic in wanted}
        async for tp, records in reading.read(self._consumer, spans, self._progress.step):
            for record in records:
                if record.key in places[tp]:
                    found[tp.topic][record.key] = record.value
        return {
            topic: {key: value for key, value in entries.items() if value is not None}
            for topic, entries in found.items()
        }

    def _place(self, topic: str, partitioned_by: str) -> TopicPartition:
        return TopicPartition(topic, partition_for(partitioned_by.encode(), self._partitions[topic]))


class _Entries:
    """The entries that were fetched, as a view reads a store."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[bytes, bytes]] = {}

    def get(self, table: str, keys: list[bytes]) -> list[bytes | None]:
        return [self.tables[table].get(key) for key in keys]

    def scan(self, table: str, start: bytes, stop: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        found = sorted(entry for entry in self.tables[table].items() if start <= entry[0] < stop)
        return found[:limit]
