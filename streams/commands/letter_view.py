"""Dead letters as text and as JSON."""

import base64
from collections import Counter
from typing import Any

from streams import redrive
from streams.commands.frame import printable
from streams.instant import rfc3339
from streams.letters import Found
from streams.redrive import Outcome

Counts = Counter[tuple[str, str]]
"""How many letters, by the topic (full name) that they are from and their code."""


def line(found: Found) -> str:
    """One letter in one line: its place, when, where from, code, message."""
    source = found.letter.original.source
    where = f"{source.topic}-{source.partition}-{source.offset}"
    message = printable(found.letter.message)
    return f"{found.place}  {rfc3339(found.timestamp)}  {printable(where)}  {found.letter.code}  {message}"


def body(found: Found) -> dict[str, Any]:
    """One letter for programs, without its value and headers."""
    original, code, message = found.letter
    return {
        "letter": str(found.place),
        "at": rfc3339(found.timestamp),
        "topic": original.source.topic,
        "partition": original.source.partition,
        "offset": original.source.offset,
        "code": code,
        "message": message,
        "attempts": redrive.attempts(original),
        "bytes": len(original.value or b""),
    }


def whole(found: Found) -> dict[str, Any]:
    """One letter for programs, all of it; bytes in base64."""
    original = found.letter.original
    headers = [{"name": name, "value": _base64(value)} for name, value in original.headers]
    return {
        **body(found),
        "key": _base64(original.key),
        "headers": headers,
        "value": _base64(original.value),
    }


def page(found: Found) -> str:
    """One letter for people, all of it. What is no text is shown escaped."""
    original, code, message = found.letter
    source = original.source
    lines = [
        f"letter    {found.place}, {rfc3339(found.timestamp)}",
        f"from      {printable(source.topic)}, partition {source.partition}, offset {source.offset}",
        f"code      {code}",
        f"message   {printable(message)}",
        f"redriven  {redrive.attempts(original)} times",
        f"key       {text(original.key)}",
        *(f"header    {printable(name)}: {text(value)}" for name, value in original.headers),
        f"value     {len(original.value or b'')} bytes",
        text(original.value),
    ]
    return "\n".join(lines)


def outcome_line(outcome: Outcome) -> str:
    """What was done with one letter."""
    source = outcome.found.letter.original.source
    if outcome.left is not None:
        return f"{outcome.found.place}  left: {printable(outcome.left)}"
    sent = "not sent" if outcome.offset is None else f"offset {outcome.offset}"
    return f"{outcome.found.place}  to {source.topic}-{source.partition}, {sent}, attempt {outcome.attempt}"


def outcome_body(outcome: Outcome) -> dict[str, Any]:
    """The same for programs."""
    source = outcome.found.letter.original.source
    return {
        "letter": str(outcome.found.place),
        "topic": source.topic,
        "partition": source.partition,
        "offset": outcome.offset,
        "attempt": outcome.attempt,
        "left": outcome.left,
    }


def summary(counts: Counts) -> str:
    """How many there are, of what."""
    lines = [f"{counts.total():,} dead letter{'' if counts.total() == 1 else 's'}"]
    lines += [f"{number:>9,}  {printable(topic)}  {code}" for (topic, code), number in counts.most_common()]
    return "\n".join(lines)


def text(value: bytes | None) -> str:
    """Bytes for people."""
    if value is None:
        return "(null)"
    return printable(value.decode("utf-8", "backslashreplace"))


def _base64(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()
