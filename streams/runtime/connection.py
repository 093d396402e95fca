"""How a process reaches the brokers: where they are, and how it proves who it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

FORBIDDEN = (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)
"""What no waiting mends: an ACL is missing. Their texts name the resource."""


@dataclass(frozen=True)
class Connection:
    """What every Kafka client of a process is made with. Its repr tells no secret."""

    bootstrap_servers: str
    """host:port, several separated by commas."""

    security: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """aiokafka's arguments about encryption and authentication; none for PLAINTEXT."""

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of an aiokafka client that reaches these brokers."""
        return {"bootstrap_servers": self.bootstrap_servers, **self.security}
