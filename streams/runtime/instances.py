"""What brokers say to a static member whose name another one has: aiokafka calls it an unknown error."""

from aiokafka import errors
from aiokafka.errors import BrokerResponseError


class FencedInstanceId(BrokerResponseError):  # type: ignore[misc]
    """The other one has this member's place in the group (KIP-345)."""

    errno = 82
    message = "FENCED_INSTANCE_ID"
    setting = "group_instance_id"

    def __repr__(self) -> str:
        # With which aiokafka ends the membership.
        return f"another worker came with the same {self.setting}; each needs its own"


def install(setting: str) -> None:
    """Have aiokafka know it; `setting` is what operators call the name of a member."""
    FencedInstanceId.setting = setting
    errors.kafka_errors[FencedInstanceId.errno] = FencedInstanceId
