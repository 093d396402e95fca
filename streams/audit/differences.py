"""Two views of one thing, field by field."""

from collections.abc import Iterator
from typing import Any, NamedTuple


class Subject(NamedTuple):
    """What is compared: a creator's video, product or change (by its number), a product's stock, a subscriber
    of it, a timer; or an entry as such, by table, partition and key.
    """

    kind: str
    ids: tuple[str, ...]


class Difference(NamedTuple):
    """A field that is not as the facts say. `where`: a table, or video-status."""

    subject: Subject
    where: str
    field: str
    live: Any
    expected: Any


def differences(
    subject: Subject, where: str, live: Any, expected: Any, path: str = ""
) -> Iterator[Difference]:
    """What differs, each field by its path; what is missing is None."""
    if isinstance(live, dict) and isinstance(expected, dict):
        for name in {**expected, **live}:
            deeper = f"{path}.{name}" if path else str(name)
            yield from differences(subject, where, live.get(name), expected.get(name), deeper)
    elif isinstance(live, list) and isinstance(expected, list) and len(live) == len(expected):
        for place, pair in enumerate(zip(live, expected, strict=True)):
            yield from differences(subject, where, *pair, f"{path}.{place}")
    elif live != expected:
        yield Difference(subject, where, path, live, expected)
