"""A consumer that leaves its group when it is stopped, whatever it is at."""

import asyncio
import logging

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.protocol.group import LeaveGroupRequest

log = logging.getLogger(__name__)

_ANSWER_S = 1.0


class LeavingConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """A consumer that also leaves while it joins.

    aiokafka's joins to the end first, for which the group waits for all other members; left behind meanwhile,
    it would hold up their next rebalance until its session ends.
    """

    async def stop(self) -> None:
        # Static members keep their place.
        if self._group_instance_id is None and self._is_joining:
            await self._leave()
        await super().stop()

    @property
    def _is_joining(self) -> bool:
        """Whether the group knows this member, which is not told its partitions yet."""
        coordinator = self._coordinator
        known = coordinator is not None and coordinator.member_id and coordinator.coordinator_id is not None
        return bool(known and coordinator._performed_join_prepare)

    async def _leave(self) -> None:
        # By a connection of its own: on that of joining the broker answers one request after the other.
        coordinator = self._coordinator
        request = LeaveGroupRequest(coordinator.group_id, coordinator.member_id)
        try:
            await asyncio.wait_for(self._client.send(coordinator.coordinator_id, request), _ANSWER_S)
        except (KafkaError, TimeoutError) as error:
            log.debug("leaving the group: %r", error)
