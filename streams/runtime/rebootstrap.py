"""Clients that know which brokers there are: where they were told to find them, and which the cluster lost.

aiokafka asks the bootstrap servers once, then only the brokers that the last metadata named, which leave out
those that were away at that moment. Once these are gone, a cluster that is up again is never found.

A broker that hangs, or whose host is gone, answers nothing. aiokafka waits 30 to 40 s for each answer; the
cluster counts such a broker out after 9 s, and lets others lead.
"""

import random
from socket import AF_UNSPEC
from typing import Any, ClassVar
from weakref import WeakSet

from aiokafka import client
from aiokafka.conn import CloseReason
from aiokafka.consumer import consumer
from aiokafka.structs import BrokerMetadata

# Brokers that are asked before the bootstrap servers. If none of them is left, each takes 10 s (sockets.py).
_FIRST = 2


class Client(client.AIOKafkaClient):  # type: ignore[misc]
    """Asks the bootstrap servers again when no broker that it knows answers, as Java clients do (KIP-899).
    Waits no longer for brokers of which it, or another client of the same servers, learns that they are gone.
    """

    _all: ClassVar["WeakSet[Client]"] = WeakSet()
    _there: ClassVar[dict[str, frozenset[tuple[str, int]]]] = {}
    """Where the brokers are that were there last, as any client of the same servers knows."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._all.add(self)

    @property
    def hosts(self) -> list[tuple[str, int, Any]]:
        """Where to look for the cluster: brokers that are there, then the bootstrap servers, which may have
        other names for them.
        """
        there = self._there.get(self._servers, frozenset())
        known = random.sample(sorted(there), min(_FIRST, len(there)))
        others = sorted(super().hosts, key=lambda host: host[:2] not in there)
        return [*((host, port, AF_UNSPEC) for host, port in known), *others]

    @property
    def _servers(self) -> str:
        return str(self._bootstrap_servers)

    async def _metadata_update(self, cluster_metadata: Any, topics: Any) -> bool:
        updated = await self._updated(cluster_metadata, topics)
        if updated:
            brokers = cluster_metadata.brokers()
            self._there[self._servers] = frozenset((broker.host, broker.port) for broker in brokers)
            there = {broker.nodeId for broker in brokers}
            for each in list(self._all):
                if each._servers == self._servers:
                    each._give_up_others_than(there)
        return updated

    async def _updated(self, cluster_metadata: Any, topics: Any) -> bool:
        if await super()._metadata_update(cluster_metadata, topics):
            return True
        # Under ids that no broker has, until the next metadata come.
        servers = {
            -number: BrokerMetadata(-number, host, port, None)
            for number, (host, port, _) in enumerate(super().hosts, 1)
        }
        known = self.cluster._brokers
        if servers.keys() <= known.keys():
            return False
        self.cluster._brokers = {**known, **servers}
        return bool(await super()._metadata_update(cluster_metadata, topics))

    def _give_up_others_than(self, there: set[int]) -> None:
        for (node, _), connection in list(self._conns.items()):
            if isinstance(node, int) and node >= 0 and node not in there and connection._requests:
                connection.close(reason=CloseReason.CONNECTION_TIMEOUT)


def install() -> None:
    """Have all consumers of this process be such clients."""
    consumer.AIOKafkaClient = Client
