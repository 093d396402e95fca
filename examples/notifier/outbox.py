"""Messages from the decision to tell until a channel has them: a queue for each creator, in order."""

from typing import NamedTuple

from msgspec.json import Decoder, Encoder

from examples.notifier.messages import Message
from examples.notifier.rules import MINUTE, SECOND
from examples.notifier.state import State

RETRY_FIRST = SECOND
RETRY_MOST = 15 * MINUTE

_encode = Encoder().encode
_decode = Decoder(Message).decode


class Open(NamedTuple):
    """A message that is still to be sent, and how often that was tried."""

    number: int
    attempts: int
    message: Message


class Outbox:
    """A creator's messages go one after the other: none overtakes an earlier one that is tried again."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._db = state.db

    def put(self, message: Message) -> bool:
        """Add within the caller's transaction; False if this news was put here before."""
        added = self._db.execute(
            "INSERT OR IGNORE INTO outbox (id, creator_id, created_at, message, next_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (message.id, message.creator_id, message.created_at, _encode(message), message.created_at),
        )
        return added.rowcount == 1

    def due(self, now: int, most: int) -> list[Open]:
        """Each creator's first message that is to be tried at `now`, the oldest first."""
        rows = self._db.execute(
            "SELECT number, attempts, message FROM outbox WHERE number IN ("
            " SELECT MIN(number) FROM outbox WHERE done_at IS NULL GROUP BY creator_id"
            ") AND next_at <= ? ORDER BY number LIMIT ?",
            (now, most),
        )
        return [Open(number, attempts, _decode(message)) for number, attempts, message in rows]

    def delivered(self, each: Open, now: int) -> None:
        """A channel has it."""
        with self._state.transaction():
            self._db.execute(
                "UPDATE outbox SET done_at = ?, failure = NULL WHERE number = ?", (now, each.number)
            )

    def try_again(self, each: Open, failure: str, now: int) -> None:
        """It was not delivered, or nobody knows: try again, after twice as long each time."""
        wait = min(RETRY_FIRST << min(each.attempts, 20), RETRY_MOST)
        with self._state.transaction():
            self._db.execute(
                "UPDATE outbox SET attempts = attempts + 1, next_at = ?, failure = ? WHERE number = ?",
                (now + wait, failure, each.number),
            )

    def give_up(self, each: Open, failure: str, now: int) -> None:
        """Set it aside, so that the creator's later messages go; `failure` stays with it."""
        with self._state.transaction():
            self._db.execute(
                "UPDATE outbox SET attempts = attempts + 1, failure = ?, done_at = ? WHERE number = ?",
                (failure, now, each.number),
            )

    def forget_done(self, before: int) -> None:
        """Forget what was done so long ago, within the caller's transaction."""
        self._db.execute("DELETE FROM outbox WHERE done_at < ?", (before,))
