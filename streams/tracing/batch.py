"""The spans of one batch: its own, linked to its records', and one in the trace of each record that something
came of.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from msgspec.structs import replace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode, Tracer

from streams.intake import Arrival, Keyed
from streams.runtime.records import Batch, Outgoing
from streams.tracing.context import OwnHeaders, carried, read, written
from streams.tracing.levels import Levels

# As many as the SDK keeps of a span, and exports at once, unless it is told otherwise.
_LINKS = 128
_SPANS = 512


class Stamped(NamedTuple):
    """Topics whose records are stamped with a trace (full names). Dead letters, and what is rerouted, keep
    the headers with which they came.
    """

    changes: str
    status: str
    subscriptions: str
    responses: str


class BatchSpans:
    """Begun before the first piece of a batch is folded, ended when the effects of all are durable."""

    def __init__(self, tracer: Tracer, group: str, stamped: Stamped, levels: Levels, batch: Batch) -> None:
        self._tracer = tracer
        self._stamped = stamped
        self._levels = levels
        self._common = {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.consumer.group.name": group,
            "messaging.destination.partition.id": str(batch.partition),
        }
        self._span = self._start(batch.step, Context(), [], {})
        self._own = written(self._span)
        self._records = 0
        self._linked = 0
        self._spans: list[Span] = []
        self._of_video: dict[bytes | None, OwnHeaders] = {}

    def begin(self, piece: Batch) -> None:
        """`piece` is to be folded: count its records, and link to their contexts."""
        self._records += len(piece)
        self._span.set_attribute("messaging.batch.message_count", self._records)
        for context in islice(_contexts(piece), _LINKS - self._linked):
            self._span.add_link(context)
            self._linked += 1

    def follow(self, keyed: list[Keyed], out: list[Outgoing]) -> Iterator[Keyed]:
        """`keyed`; what is added to `out` while one of them is folded goes on with its trace."""
        for item in keyed:
            before = len(out)
            yield item
            arrival, context = item[1], carried(item[1].record.headers)
            if context:
                self._levels.remember(arrival, context)
            if len(out) > before:
                self._stamp(out, before, self._continued(arrival, context) or self._own)

    def complete(self, outputs: list[Outgoing]) -> None:
        """A piece is folded into `outputs`: what came of no record of it goes on with a trace, too.

        A status with its video's change, a later page of a fan-out with its level, all else with the batch.
        """
        for index, output in enumerate(outputs):
            if output.topic in self._stamped and not carried(output.headers):
                outputs[index] = _with(output, self._origin(output) or self._own)

    def folded(self) -> None:
        """All pieces are folded."""
        self._span.add_event("folded")

    def end(self, error: BaseException | None = None) -> None:
        """All is durable, or nothing is."""
        for span in (*self._spans, self._span):
            if error is not None:
                span.record_exception(error)
                span.set_status(StatusCode.ERROR, str(error))
            span.end()

    def _stamp(self, out: list[Outgoing], start: int, headers: OwnHeaders) -> None:
        for index in range(start, len(out)):
            output = out[index]
            if output.topic in self._stamped:
                out[index] = _with(output, headers)
            if output.topic == self._stamped.changes:
                self._of_video[output.key] = headers

    def _continued(self, arrival: Arrival, context: OwnHeaders) -> OwnHeaders:
        """The headers for what came of `arrival`: its own context, with a span of ours in between."""
        parent = read(context) if context else None
        if parent is None or len(self._spans) >= _SPANS:
            return context if parent is not None else []
        attributes: dict[str, str | int] = {
            "messaging.destination.name": arrival.topic,
            "messaging.kafka.offset": arrival.record.offset,
            "messaging.message.id": getattr(arrival.event, "event_id", ""),
        }
        span = self._start(arrival.topic, parent[0], [Link(self._span.get_span_context())], attributes)
        self._spans.append(span)
        return written(span)

    def _origin(self, output: Outgoing) -> OwnHeaders | None:
        if output.topic == self._stamped.status:
            return self._of_video.get(output.key)
        return self._levels.recall(output) if output.topic == self._stamped.responses else None

    def _start(
        self, of: str, parent: Context, links: list[Link], attributes: Mapping[str, str | int]
    ) -> Span:
        return self._tracer.start_span(
            f"process {of}", parent, SpanKind.CONSUMER, {**self._common, **attributes}, links
        )


def _contexts(piece: Batch) -> Iterator[SpanContext]:
    """The contexts of the records that carry one."""
    for records in piece.records.values():
        for record in records:
            found = read(carried(record.headers)) if record.headers else None
            if found is not None:
                yield found[1]


def _with(output: Outgoing, headers: OwnHeaders) -> Outgoing:
    return replace(output, headers=[*output.headers, *headers])
