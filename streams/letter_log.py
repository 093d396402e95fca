"""Dead letters in the log: what upstream sent, by its event id, without what it held."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import msgspec

from streams.dead_letters import errors
from streams.runtime.records import Effects, Outgoing
from streams.wire_format import FRAME_BYTES, MAGIC

log = logging.getLogger(__name__)

LINES_A_SECOND = 10
_LONGEST_ID = 128
_LONGEST_VALUE = 262_144

Later = Callable[[float, Callable[[], None]], Any]
"""Does something after so many seconds."""


class _Named(msgspec.Struct):
    event_id: str | None = None


def _later(seconds: float, do: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(seconds, do)


class LetterLog:
    """A line for each dead letter that was written; beyond ten of a second, one that counts the others.

    `topic`: where dead letters go (full name).
    """

    def __init__(self, topic: str, later: Later = _later) -> None:
        self._topic = topic
        self._later = later
        self._open = False
        self._lines = 0
        self._others = 0

    def finished(self, effects: Effects) -> None:
        """The effects of a batch are durable."""
        if self._topic not in effects.sent:
            return
        letters = [output for output in effects.outputs if output.topic == self._topic]
        if not self._open:
            self._open = True
            self._later(1.0, self.close)
        told = letters[: LINES_A_SECOND - self._lines]
        for letter in told:
            log.warning("dead letter", extra=fields(letter))
        self._lines += len(told)
        self._others += len(letters) - len(told)

    def close(self) -> None:
        """The second is over."""
        if self._others:
            log.warning("more dead letters", extra={"count": self._others})
        self._open, self._lines, self._others = False, 0, 0


def fields(letter: Outgoing) -> dict[str, Any]:
    """What is told of a letter: the event's id, where possible, the source record's place, and why."""
    topic, partition, offset, code, message = errors(letter)
    return {
        "event_id": _event_id(letter.value),
        "code": code,
        "topic": topic,
        "partition": int(partition),
        "offset": int(offset),
        "reason": message,
    }


def _event_id(value: bytes | None) -> str | None:
    if value is None or len(value) > _LONGEST_VALUE:
        return None
    try:
        named = msgspec.json.decode(
            value[FRAME_BYTES:] if value[:1] == bytes([MAGIC]) else value, type=_Named
        )
    except (ValueError, RecursionError):
        return None
    return named.event_id if named.event_id and len(named.event_id) <= _LONGEST_ID else None
