"""The topics and the group of a replay: like the live ones, under another prefix. The sources are
the live ones.
"""

import asyncio
from collections.abc import Mapping

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    NonEmptyGroup,
    UnknownTopicOrPartitionError,
    for_code,
)

from streams import admin
from streams.admin import Refused
from streams.topics import Kind, Topics

_PAUSE_S = 1.0


class Shadow:
    """Makes the topics, and removes all."""

    def __init__(self, live: Topics, topics: Topics, group: str) -> None:
        """`topics`: the declaration under the replay's prefix, with the live sources."""
        self.topics = topics
        self._group = group
        own = [topic for topic in topics if topic.kind is not Kind.SOURCE]
        self._live = {topics.full_name(topic.name): live.full_name(topic.name) for topic in own}

    async def check(self, client: AIOKafkaAdminClient) -> None:
        """Raise Refused if one is there already."""
        if taken := await admin.describe(client, self._live):
            raise Refused(f"topic {min(taken)}: is there already; give the replay another --prefix")

    async def create(self, client: AIOKafkaAdminClient, partitions: Mapping[str, int]) -> None:
        """Make each with as many partitions as the live one has (`partitions`); return when the broker shows
        them. Raises Refused.
        """
        if await admin.is_mock(client):
            await admin.ask_for(client, self._live)
            return
        declared = self.topics.by_full_name
        for name, live in self._live.items():
            await admin.create(client, name, partitions[live], declared[name].configs)
        try:
            await admin.when_shown(client, self._live)
        except TimeoutError:
            raise Refused(f"the broker shows no new topics within {admin.SHOWN_WITHIN_S:g} s") from None

    async def forget_group(self, client: AIOKafkaAdminClient) -> None:
        """Delete what the workers committed, when the last of them is gone. Raises Refused."""
        if await admin.is_mock(client):
            return
        while True:
            try:
                return await admin.forget_group(client, self._group)
            except NonEmptyGroup:  # one was killed: its session lasts
                await asyncio.sleep(_PAUSE_S)
            except GroupAuthorizationFailedError as error:
                raise Refused(f"group {self._group}: not deleted: {type(error).__name__}") from None

    async def remove(self, client: AIOKafkaAdminClient) -> None:
        """Delete the topics that are there. Raises Refused."""
        if await admin.is_mock(client):
            return  # it deletes nothing, and forgets all when it stops
        answer = await client.delete_topics(list(self._live))
        for name, code in answer.topic_error_codes:
            kind = for_code(code)
            if code != admin.NO_ERROR and kind is not UnknownTopicOrPartitionError:
                raise Refused(f"topic {name}: not deleted: {kind.__name__}")
