"""Clients that remember where they were told to find the brokers.

aiokafka asks the bootstrap servers once, then only the brokers that the last metadata named, which leave out
those that were away at that moment. Once these are gone, a cluster that is up again is never found.
"""

from typing import Any

from aiokafka import client
from aiokafka.consumer import consumer
from aiokafka.structs import BrokerMetadata


class Client(client.AIOKafkaClient):  # type: ignore[misc]
    """Asks the bootstrap servers again when no broker that it knows answers, as Java clients do (KIP-899)."""

    async def _metadata_update(self, cluster_metadata: Any, topics: Any) -> bool:
        if await super()._metadata_update(cluster_metadata, topics):
            return True
        # Under ids that no broker has, until the next metadata come.
        servers = {
            -number: BrokerMetadata(-number, host, port, None)
            for number, (host, port, _) in enumerate(self.hosts, 1)
        }
        known = self.cluster._brokers
        if servers.keys() <= known.keys():
            return False
        self.cluster._brokers = {**known, **servers}
        return bool(await super()._metadata_update(cluster_metadata, topics))


def install() -> None:
    """Have all consumers of this process be such clients."""
    consumer.AIOKafkaClient = Client
