"""Where knowledge becomes messages: the rules joined with the state."""

from typing import Protocol

from examples.notifier.digest import Item, ready, schedule, tell
from examples.notifier.known import Known
from examples.notifier.messages import Message
from examples.notifier.outbox import Outbox
from examples.notifier.rules import DAY, Rules
from examples.notifier.state import State

MOST_ITEMS = 100
"""Links in one message; the rest follows in the next."""
KEPT = 31 * DAY
"""As long as the topic keeps its records, and a day."""


class Writer(Protocol):
    """Puts items into words."""

    def write(self, creator_id: str, items: tuple[Item, ...], now: int) -> Message:
        """The message to a creator."""


class Desk:
    """Writes messages about what is known into the outbox."""

    def __init__(self, state: State, rules: Rules, writer: Writer) -> None:
        self._state = state
        self._known = Known(state)
        self._outbox = Outbox(state)
        self._rules = rules
        self._writer = writer

    def write(self, now: int) -> int:
        """Put what is due into the outbox, in one transaction for each creator; returns how many messages.

        Call it only when all that was published until `now` is read: else an outage is told that is over.
        """
        written = 0
        for waiting in self._known.waiting(now):
            if ready(waiting.first, waiting.last_message, now, self._rules):
                with self._state.transaction():
                    written += self._write(waiting.creator_id, now)
        return written

    def forget(self, now: int) -> None:
        """Forget deleted videos and sent messages that are older than the topic."""
        with self._state.transaction():
            self._known.forget_deleted(now - KEPT)
            self._outbox.forget_done(now - KEPT)

    def _write(self, creator_id: str, now: int) -> bool:
        items: list[Item] = []
        for video_id, title, link in self._known.due(creator_id, now, MOST_ITEMS):
            link, said = tell(link, video_id, title, now, self._rules)
            self._known.put_link(creator_id, video_id, link, schedule(link, self._rules))
            items += said
        self._known.told(creator_id, now)
        return bool(items) and self._outbox.put(self._writer.write(creator_id, tuple(items), now))
