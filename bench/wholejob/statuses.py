"""A digest of where all videos ended: facts commute, so every run over one load must end the same."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct
from msgspec.json import Decoder


class _Issue(Struct):
    code: str


class _Link(Struct):
    product_id: str
    status: str
    issues: list[_Issue]


class _Status(Struct):
    status: str
    labels: list[str]
    links: list[_Link]


_decode = Decoder(_Status).decode


class Ends(NamedTuple):
    """How many videos there are, and a hash of their statuses, labels, links and issues."""

    videos: int
    sha256: str


def ends(records: Iterable[tuple[bytes, bytes]]) -> Ends:
    """The digest of keys and values of `video-status`."""
    latest: dict[bytes, bytes] = {}
    for key, value in records:
        if value:
            latest[key] = value
        else:
            latest.pop(key, None)
    whole = hashlib.sha256()
    for key, value in sorted(latest.items()):
        whole.update(key + repr(_decode(value)).encode())
    return Ends(len(latest), whole.hexdigest())
