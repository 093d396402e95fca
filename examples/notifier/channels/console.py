"""Prints messages, for a look. A console cannot tell a repetition: see the README on what that means."""

import asyncio
import sys

from examples.notifier.messages import Message


class Console:
    """One paragraph a message on standard output."""

    async def send(self, message: Message) -> None:
        """Print; flushed when it returns."""
        text = f"{message.id} {message.creator_id}: {message.subject}\n{message.text}\n"
        # In a thread, as a pipe that nobody reads would hold up all the rest.
        await asyncio.to_thread(_print, text)

    async def close(self) -> None:
        """Nothing to let go of."""


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
