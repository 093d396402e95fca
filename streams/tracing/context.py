"""W3C Trace Context in the headers of Kafka records: `traceparent` and `tracestate`."""

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanContext
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from streams.runtime.records import Headers

OwnHeaders = list[tuple[str, bytes | None]]

TRACEPARENT = "traceparent"
_NAMES = frozenset({TRACEPARENT, "tracestate"})
_w3c = TraceContextTextMapPropagator()


def carried(headers: Headers) -> OwnHeaders:
    """The trace context among a record's headers, unread; of headers of one name the last is taken."""
    if not headers:
        return []
    return list({name: (name, value) for name, value in headers if name in _NAMES and value}.values())


def read(headers: Headers) -> tuple[Context, SpanContext] | None:
    """The context that headers carry, as a parent and as what to link to; None where there is none."""
    context = _w3c.extract({name: (value or b"").decode("latin-1") for name, value in headers}, Context())
    found = trace.get_current_span(context).get_span_context()
    return (context, found) if found.is_valid else None


def written(span: Span) -> OwnHeaders:
    """Headers that carry the context of `span`."""
    carrier: dict[str, str] = {}
    _w3c.inject(carrier, trace.set_span_in_context(span, Context()))
    return [(name, value.encode()) for name, value in carrier.items()]
