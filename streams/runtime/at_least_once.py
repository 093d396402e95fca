"""Effects made durable one after the other; a crash in between repeats them."""

import asyncio
from collections.abc import Callable, Mapping

from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from streams.runtime.commit import ANSWER_S, NewProducer, Refused, Transactional
from streams.runtime.outbox import Outbox
from streams.runtime.records import Effects


class AtLeastOnce:
    """Outputs acknowledged, then changelog; offsets wait in `committable` until the state is on disk.

    State is then never ahead of what was published: a crash repeats work instead of losing a change.

    Nothing fences outputs, so they are sent only while the partition is `leased`: of a worker that was paused
    they would come behind those of its successor, and a compacted topic would keep them.
    """

    def __init__(
        self,
        partition: int,
        new_producer: NewProducer,
        partitions: Mapping[str, int],
        committable: dict[TopicPartition, int],
        leased: Callable[[], bool],
    ) -> None:
        self._leased = leased
        self._partition = partition
        self._new_producer = new_producer
        self._partitions = partitions
        self._committable = committable
        self._producer: Transactional | None = None

    async def open(self) -> None:
        if self._producer is None:
            producer = self._new_producer(None)
            await producer.start()
            self._producer = producer

    async def publish(self, effects: Effects) -> Mapping[str, int]:
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._publish(effects)
        except (KafkaError, TimeoutError) as error:
            raise Refused(str(error) or f"no answer within {ANSWER_S:g} s") from error

    async def _publish(self, effects: Effects) -> Mapping[str, int]:
        await self.open()
        assert self._producer is not None
        await self._producer.reach(effects.topics)
        outbox = Outbox(self._producer, self._partitions)
        if not self._leased():
            raise Refused("the group may have given this partition to another worker meanwhile")
        await outbox.write(effects.outputs, {}, self._partition)
        return await outbox.write((), effects.changelog, self._partition)

    async def retake(self) -> None:
        # What was sent may be repeated: that is at least once. `publish` opens again, as soon as it can.
        await self.close()

    def finished(self, effects: Effects) -> None:
        self._committable.update(effects.offsets)

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()
