"""What brokers say to a static member whose name another one has: aiokafka calls it an unknown error."""

from aiokafka import errors
from aiokafka.errors import BrokerResponseError


class FencedInstanceId(BrokerResponseError):  # type: ignore[misc]
    """The other one has this member's place in the group (KIP-345)."""

    errno = 82
    message = "FENCED_INSTANCE_ID"

    def __repr__(self) -> str:
        # With which aiokafka ends the membership.
        return "another worker came with the same LINK_STATUS_GROUP_INSTANCE_ID; each needs its own"


def install() -> None:
    """Have aiokafka know it."""
    errors.kafka_errors[FencedInstanceId.errno] = FencedInstanceId
