"""Ways to reach a creator. A new one is a class with `send` and `close`, and an entry in `open_channel`."""

from typing import Protocol

from examples.notifier.messages import Message


class Channel(Protocol):
    """Delivers messages, several at a time."""

    async def send(self, message: Message) -> None:
        """Deliver; raises NotDelivered unless the other side has said that it has it."""

    async def close(self) -> None:
        """Let go of connections."""
