"""What the log tells of one link: every fact that it still holds, those that stand no more included."""

import heapq
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from streams import reading, taken
from streams.domain import known
from streams.domain.facets import Stock
from streams.domain.known import LOG, Known, Told
from streams.intake import Arrival, Intake, Routes
from streams.progress import Progress
from streams.queries import LinkId
from streams.runtime.partitioner import partition_for
from streams.runtime.records import Batch, Record
from streams.topics import Name
from streams.topology import RoutesOfSteps

MOST = 10_000
"""How many facts of a facet are kept, the last of them."""

Homes = dict[TopicPartition, Intake]
"""The partitions in which facts of a link are, and what reads them."""


class Gathering:
    """The facts of one link, gathered from records as they are read; `now` in epoch milliseconds."""

    def __init__(self, link: LinkId, now: int) -> None:
        self._link = link
        self._now = now
        self._since: int | None = None
        self._latest: dict[str, list[tuple[int, int, Known]]] = defaultdict(list)
        self._taken = 0

    def begin_at(self, timestamp: int) -> None:
        """Of some partition there is nothing from before this time (epoch milliseconds)."""
        self._since = max(timestamp, self._since or 0)

    def take(self, arrivals: Iterable[Arrival]) -> None:
        """Keep the facts of the link."""
        for arrival in arrivals:
            fact = self._known(arrival)
            if fact is not None:
                self._keep(arrival.record.timestamp, fact)

    def told(self) -> Told:
        """What was gathered."""
        facts = [fact for latest in self._latest.values() for _, _, fact in latest]
        return Told(facts, LOG, self._since)

    def _keep(self, timestamp: int, fact: Known) -> None:
        latest = self._latest[fact.facet]
        self._taken += 1
        heapq.heappush(latest, (timestamp, self._taken, fact))
        if len(latest) > MOST:
            heapq.heappop(latest)
            self.begin_at(latest[0][0])

    def _known(self, arrival: Arrival) -> Known | None:
        """The event as a fact of the link; None where it is about something else."""
        event: Any = arrival.event
        creator, video, product = self._link
        about = {"creator_id": creator, "video_id": video, "product_id": product}
        if any(getattr(event, name, None) not in (None, wanted) for name, wanted in about.items()):
            return None
        fact = arrival.fact
        match event.type:
            case "seller_decision":
                return known.of_application(taken.application(event, fact))
            case "invite_expiry":
                return known.of_invite(taken.invite(event, fact, self._now))
            case "moderation_verdict":
                return known.of_verdict(taken.verdict(event, fact), "link" if event.product_id else "video")
            case "inventory_level":
                return known.of_stock(Stock(fact, event.available))
        return None


async def told(
    consumer: AIOKafkaConsumer, homes: Homes, link: LinkId, since: int | None, progress: Progress
) -> Told:
    """What the log holds of a link; with `since` (epoch milliseconds) only records that came from then on."""
    now = time.time_ns() // 1_000_000
    gathering = Gathering(link, now)
    beginnings = await consumer.beginning_offsets(list(homes))
    spans = await reading.spans(consumer, list(homes), since)
    progress.stage("reading the log", reading.size(spans))
    if since is not None and any(span.start > beginnings[tp] for tp, span in spans):
        gathering.begin_at(since)
    cut = {tp for tp, span in spans if 0 < span.start == beginnings[tp]}
    async for tp, records in reading.read(consumer, spans, progress.step):
        if tp in cut:
            gathering.begin_at(records[0].timestamp)
            cut.remove(tp)
        gathering.take(arrivals(homes[tp], tp, records, link))
    if cut:  # nothing is left there
        gathering.begin_at(now)
    return gathering.told()


def homes(link: LinkId, routes: RoutesOfSteps, partitions: Mapping[str, int]) -> Homes:
    """Where records of the link's facts are; `partitions` by full topic name."""
    return {
        **_homes(link.creator_id, routes.links, partitions),
        **_homes(link.product_id, routes.stock, partitions),
    }


def _homes(by: str, routes: Routes, partitions: Mapping[str, int]) -> Homes:
    found = {}
    for topic in (*_about_facets(routes), routes.repartition):
        number = partition_for(by.encode(), partitions[topic])
        found[TopicPartition(topic, number)] = Intake(routes, number, partitions[topic])
    return found


def _about_facets(routes: Routes) -> list[str]:
    others = (*routes.internal, *(name for name, topic in routes.inputs.items() if topic == Name.VIDEO_LINKS))
    return [topic for topic in routes.inputs if topic not in others]


def arrivals(intake: Intake, place: TopicPartition, records: Sequence[Record], link: LinkId) -> list[Arrival]:
    """The events of those records that may be about the link, read as the steps read them."""
    mentions = [record for record in records if _may_mention(record.value, link)]
    return intake.read(Batch("", place.partition, 0, {place.topic: mentions}), 0, [])


def _may_mention(value: bytes | None, link: LinkId) -> bool:
    """Whether reading a record is worth it: few are about the link. JSON may spell an id with escapes."""
    if value is None:
        return False
    ids = (link.product_id.encode(), link.video_id.encode())
    return b"\\" in value or any(each in value for each in ids)
