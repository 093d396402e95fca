"""What the fold emits, and a digest of it by which engines are held to have done the same."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec import Struct
from msgspec.json import Decoder

from bench.videofold.fold import Counts, Video, decode


class Change(Struct, gc=False):
    """A video's counts, and those before."""

    video_id: str
    need_attention: int
    in_review: int
    before: Counts


_decode_change = Decoder(Change).decode


class Digest(NamedTuple):
    """How many changes there were, of how many videos, and a hash of each video's sequence of them.

    Videos may come in any order, the changes of one may not.
    """

    changes: int
    videos: int
    sha256: str


def expected(events: Iterable[tuple[bytes, bytes]]) -> Digest:
    """The digest that an engine must come to, by folding `events` in memory."""
    return _digest(change for change in fold(events) if change)


def emitted(records: Iterable[tuple[bytes, bytes]]) -> Digest:
    """The digest of keys and values of an output topic. Raises ValueError for a wrong key."""
    return _digest(_read(key, value) for key, value in records)


def fold(events: Iterable[tuple[bytes, bytes]]) -> Iterator[Change | None]:
    """For each event the change that it causes, if any."""
    videos: dict[bytes, Video] = {}
    for key, value in events:
        video = videos.setdefault(key, Video({}))
        before = video.take(decode(value))
        yield None if before is None else Change(key.decode(), *video.counts, before)


def _read(key: bytes, value: bytes) -> Change:
    change = _decode_change(value)
    if key != change.video_id.encode():
        raise ValueError(f"key {key!r} of a change of {change.video_id}")
    return change


def _digest(changes: Iterable[Change]) -> Digest:
    count = 0
    chains: dict[str, int] = {}
    for change in changes:
        count += 1
        video_id = change.video_id
        # Of integers a hash is the same in every process.
        chains[video_id] = hash(
            (chains.get(video_id, 0), change.need_attention, change.in_review, *change.before)
        )
    whole = hashlib.sha256()
    for video_id, chain in sorted(chains.items()):
        whole.update(f"{video_id} {chain}\n".encode())
    return Digest(count, len(chains), whole.hexdigest())
