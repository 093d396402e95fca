"""Which level of stock came with which trace: a fan-out goes on long after its batch."""

from msgspec import Struct
from msgspec.json import Decoder

from streams.intake import Arrival
from streams.origin import Source
from streams.runtime.records import Outgoing
from streams.tracing.context import OwnHeaders

_MOST = 10_000


class _Cause(Struct):
    topic: str
    partition: int
    offset: int


class _Response(Struct):
    cause: _Cause


_response = Decoder(_Response).decode


class Levels:
    """The last ones, in memory: a restart forgets them, and what is told after it begins a trace."""

    def __init__(self) -> None:
        self._contexts: dict[Source, OwnHeaders] = {}

    def remember(self, arrival: Arrival, context: OwnHeaders) -> None:
        """Keep the context of an arrival that is a level."""
        if arrival.event.type != "inventory_level":
            return
        self._contexts[arrival.source] = context
        if len(self._contexts) > _MOST:
            del self._contexts[next(iter(self._contexts))]

    def recall(self, response: Outgoing) -> OwnHeaders | None:
        """The context of the level that a stock response tells of."""
        cause = _response(response.value or b"").cause
        return self._contexts.get(Source(cause.topic, cause.partition, cause.offset))
