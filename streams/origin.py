"""Where a record came from. Rerouted records keep the coordinates of their source record."""

from typing import NamedTuple

from streams.runtime.records import Headers, Outgoing, Record

_TOPIC = "__streams.source.topic"
_PARTITION = "__streams.source.partition"
_OFFSET = "__streams.source.offset"
_KEY = "__streams.source.key"


class Source(NamedTuple):
    """Where a source record stands: full topic name, partition, offset."""

    topic: str
    partition: int
    offset: int


class Origin(NamedTuple):
    """A source record as it came: where it stands, key, value, headers."""

    source: Source
    key: bytes | None
    value: bytes | None
    headers: Headers


class NotRerouted(ValueError):
    """A record in a repartition topic that `reroute` did not write."""


def of(topic: str, partition: int, record: Record) -> Origin:
    """The origin of a record found in a partition of `topic`, which is no repartition topic."""
    return Origin(Source(topic, partition, record.offset), record.key, record.value, record.headers)


def reroute(origin: Origin, topic: str, key: bytes) -> Outgoing:
    """The record in repartition topic `topic` that carries `origin` to the partition where `key` belongs."""
    trail = [
        (_TOPIC, origin.source.topic.encode()),
        (_PARTITION, b"%d" % origin.source.partition),
        (_OFFSET, b"%d" % origin.source.offset),
    ]
    if origin.key is not None:
        trail.append((_KEY, origin.key))
    return Outgoing(topic, key, origin.value, [*origin.headers, *trail])


def restored(record: Record) -> Origin:
    """The origin that a record of a repartition topic carries. Raises NotRerouted."""
    headers = list(record.headers)
    # The trail stands last: upstream may have headers of the same names.
    key = headers.pop()[1] if headers and headers[-1][0] == _KEY else None
    trail = headers[-3:]
    if [name for name, _ in trail] != [_TOPIC, _PARTITION, _OFFSET]:
        raise NotRerouted("this record was not rerouted here by link status")
    topic, partition, offset = (value or b"" for _, value in trail)
    try:
        source = Source(topic.decode(), int(partition), int(offset))
    except ValueError as error:
        raise NotRerouted(f"no coordinates of a source record: {error}") from None
    return Origin(source, key, record.value, headers[:-3])
