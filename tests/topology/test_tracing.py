"""The trace of a record goes on in what it causes, and in nothing else."""

import json
from collections.abc import Iterator, Sequence

import msgspec.json
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from streams import fanouts
from streams.topics import Topics
from streams.tracing import batch
from streams.tracing.spans import On
from tests.contract.examples import decoded, header_validator
from tests.support.broker import Stored
from tests.support.events import HOME, Event, decided, invited, moderated, posted, stocked
from tests.support.simulation import NOW, Crash, Simulation
from tests.support.sinks import changes, dead_letters
from tests.topology.test_rerouting import stray

STATE = ("tracestate", b"shop=1")


class Traced(Simulation):
    """A simulation whose spans are kept, with batches of more pieces than one."""

    def __init__(self, partitions: int = 4) -> None:
        self._exporter = InMemorySpanExporter()
        self._provider = TracerProvider(shutdown_on_exit=False)
        self._provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        tracing = On(self._provider, "link-status", Topics.load(""))
        super().__init__(partitions, tracing=tracing, piece=2)

    def say(self, event: Event, *headers: tuple[str, bytes]) -> None:
        """Publish an event with headers; all that follows is done."""
        topic, key = HOME[event["type"]]
        self.publish(topic, event[key].encode(), msgspec.json.encode(event), headers)
        self.pump()

    def spans(self, name: str = "") -> list[ReadableSpan]:
        """The spans that ended, by name."""
        return [span for span in self._exporter.get_finished_spans() if not name or span.name == name]


@pytest.fixture
def simulation() -> Iterator[Traced]:
    """A video with a link that is in review."""
    simulation = Traced()
    simulation.tell(posted("v1", "p1"))
    yield simulation


def parent(number: int, flags: str = "01") -> tuple[str, bytes]:
    """The context of a span of somebody upstream, in trace `number`."""
    return ("traceparent", f"00-{number:032x}-{number:016x}-{flags}".encode())


def context(record: Stored) -> tuple[int, int, str]:
    """Trace, span and flags that a record carries."""
    [value] = [value for name, value in record.headers if name == "traceparent"]
    _, trace, span, flags = (value or b"").decode().split("-")
    return int(trace, 16), int(span, 16), flags


def traces(records: Sequence[Stored]) -> list[int]:
    return [context(record)[0] for record in records]


def ids(span: ReadableSpan) -> tuple[int, int]:
    assert span.context is not None
    return span.context.trace_id, span.context.span_id


@pytest.mark.parametrize("topic", ["video-status-changes", "video-status"])
def test_headers_are_as_the_schemas_say(simulation: Traced, topic: str) -> None:
    simulation.say(stocked("p1", 0), parent(7), STATE)
    found = simulation.out(topic)
    assert {"traceparent", "tracestate"} <= {name for name, _ in found[-1].headers}
    for record in found:
        header_validator(topic).validate(decoded(record.headers))


def test_a_change_goes_on_with_the_trace_of_its_cause(simulation: Traced) -> None:
    simulation.say(decided("p1", "rejected"), parent(7), STATE)
    change, status = simulation.out("video-status-changes")[-1], simulation.out("video-status")[-1]
    [span] = simulation.spans("process seller-decisions")
    assert span.parent is not None
    assert (span.parent.trace_id, span.parent.span_id) == (7, 7)
    assert context(change) == context(status) == (*ids(span), "01")
    assert STATE in change.headers and STATE in status.headers
    assert span.attributes is not None
    assert span.attributes["messaging.message.id"] == "decision-p1-20"
    assert [ids_of.context.span_id for ids_of in span.links] == [
        ids(simulation.spans("process links")[-1])[1]
    ]


def test_the_span_of_a_batch_links_to_its_records(simulation: Traced) -> None:
    for number, verdict in enumerate(("approved", "violation"), 7):
        event = moderated("v1", verdict, at=number)
        simulation.publish("moderation", b"c1", msgspec.json.encode(event), [parent(number)])
    simulation.pump()
    span = simulation.spans("process links")[-1]
    assert span.parent is None
    assert [link.context.trace_id for link in span.links] == [7, 8]
    assert span.attributes is not None
    assert span.attributes["messaging.batch.message_count"] == 2


def test_the_pieces_of_a_batch_have_one_span(simulation: Traced) -> None:
    simulation.tell(*(posted(f"v{number}", f"p{number}") for number in range(2, 6)))
    before = len(simulation.spans("process links"))
    simulation.send(*(decided(f"p{number}", "rejected") for number in range(1, 6)))
    simulation.pump()
    [span] = simulation.spans("process links")[before:]
    assert span.attributes is not None
    assert span.attributes["messaging.batch.message_count"] == 5
    assert [event.name for event in span.events] == ["folded"]
    for topic in ("video-status-changes", "video-status"):
        last = {record.key: record for record in simulation.out(topic)}
        assert [context(record)[:2] for record in last.values()] == [ids(span)] * 5


def test_each_change_of_a_batch_has_its_own(simulation: Traced) -> None:
    simulation.tell(posted("v2", "p2"), posted("v3", "p3"))
    for number, product in enumerate(("p1", "p2", "p3"), 7):
        event = decided(product, "rejected")
        simulation.publish("seller-decisions", b"c1", msgspec.json.encode(event), [parent(number)])
    simulation.pump()
    for topic in ("video-status-changes", "video-status"):
        last = {record.key: record for record in simulation.out(topic)}
        assert traces([last[b"v1"], last[b"v2"], last[b"v3"]]) == [7, 8, 9]


def test_it_survives_the_hop_by_product(simulation: Traced) -> None:
    simulation.say(stocked("p1", 0), parent(7), STATE)
    assert changes(simulation)[-1]["cause"]["type"] == "inventory_level"
    response, change = simulation.out("stock-by-creator")[-1], simulation.out("video-status-changes")[-1]
    hop, end = simulation.spans("process inventory")[0], simulation.spans("process stock-by-creator")[0]
    assert context(response)[:2] == ids(hop)
    assert end.parent is not None and end.parent.span_id == ids(hop)[1]
    assert context(change)[:2] == ids(end) and ids(end)[0] == 7
    assert STATE in change.headers


def test_a_subscription_brings_its_trace_to_the_answer() -> None:
    simulation = Traced()
    simulation.say(stocked("p1", 0))
    simulation.say(posted("v1", "p1"), parent(7))
    assert [body["cause"]["type"] for body in changes(simulation)] == ["video_posted", "inventory_level"]
    assert traces(simulation.out("video-status-changes")) == [7, 7]


def test_a_rerouted_record_keeps_it(simulation: Traced) -> None:
    record = stray(simulation, decided("p1", "rejected"))
    record.headers.append(parent(7))  # type: ignore[attr-defined]
    simulation.pump()
    assert simulation.out("events-by-creator")
    assert traces(simulation.out("video-status-changes")[-1:]) == [7]
    assert len(changes(simulation)) == 2


def test_later_pages_of_a_fan_out_keep_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanouts, "_PAGE", 2)
    simulation = Traced(partitions=1)
    simulation.tell(*(posted(f"v{n}", "big", creator=f"c{n}") for n in range(5)))
    simulation.send(stocked("big", 0))
    simulation.broker.log("inventory", 0)[-1].headers.append(parent(7))  # type: ignore[attr-defined]
    simulation.pump()
    assert traces(simulation.out("stock-by-creator")) == [7] * 5
    assert traces(simulation.out("video-status-changes")[-5:]) == [7] * 5


def test_what_nobody_traced_goes_on_with_the_batch(simulation: Traced) -> None:
    simulation.say(decided("p1", "rejected"))
    span = simulation.spans("process links")[-1]
    for topic in ("video-status-changes", "video-status"):
        assert context(simulation.out(topic)[-1])[:2] == ids(span)


def test_a_deadline_begins_a_trace(simulation: Traced) -> None:
    simulation.say(invited("p1", until=NOW + 10), parent(7))
    simulation.wait_until(NOW + 10)
    span = simulation.spans("process links")[-1]
    assert context(simulation.out("video-status-changes")[-1])[:2] == ids(span)
    assert ids(span)[0] != 7


def test_dead_letters_are_as_they_came(simulation: Traced) -> None:
    simulation.say(posted("v1", "p2", at=11), parent(7))
    simulation.publish("moderation", b"c1", b"?")
    simulation.pump()
    immutable, unread = sorted(dead_letters(simulation), key=lambda letter: letter.code)[::-1]
    assert immutable.headers["traceparent"] == parent(7)[1]
    assert "traceparent" not in unread.headers


def test_a_trace_that_is_not_sampled_goes_on_unseen(simulation: Traced) -> None:
    simulation.say(decided("p1", "rejected"), parent(7, flags="00"), STATE)
    change = simulation.out("video-status-changes")[-1]
    assert (context(change)[0], context(change)[2]) == (7, "00")
    assert STATE in change.headers
    assert not simulation.spans("process seller-decisions")


@pytest.mark.parametrize(
    "wrong", [b"", b"\xff", b"00-0-0-01", b"00-" + b"0" * 32 + b"-" + b"1" * 16 + b"-01"]
)
def test_nonsense_is_no_trace(simulation: Traced, wrong: bytes) -> None:
    simulation.say(decided("p1", "rejected"), ("traceparent", wrong))
    [*_, span] = simulation.spans("process links")
    assert context(simulation.out("video-status-changes")[-1])[:2] == ids(span)
    assert not span.links


def test_beyond_a_number_of_spans_a_context_goes_on_unchanged(
    simulation: Traced, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "_SPANS", 0)
    simulation.say(decided("p1", "rejected"), parent(7))
    assert parent(7) in simulation.out("video-status-changes")[-1].headers


def test_links_of_a_batch_are_bounded(simulation: Traced) -> None:
    for number in range(1, 301):
        event = moderated("v1", "approved", at=100 + number)
        simulation.publish("moderation", b"c1", msgspec.json.encode(event), [parent(number)])
    simulation.pump()
    assert len(simulation.spans("process links")[-1].links) == 128


def test_what_was_not_committed_is_an_error(simulation: Traced) -> None:
    simulation.send(decided("p1", "rejected"))
    task = next(task for task in simulation.tasks if task.pending(simulation.broker))
    before = len(simulation.spans())
    task.process(task.pending(simulation.broker), NOW, simulation.broker, Crash.BEFORE_OUTPUTS)
    [span] = simulation.spans()[before:]
    assert span.status.status_code is StatusCode.ERROR
    simulation.pump()
    assert simulation.spans()[-1].status.status_code is StatusCode.UNSET


def test_a_batch_that_cannot_be_folded_is_an_error(
    simulation: Traced, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.verdicts.Verdicts.publish_statuses", lambda self: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        simulation.say(decided("p1", "rejected"))
    assert simulation.spans()[-1].status.status_code is StatusCode.ERROR


def test_nothing_changes_what_is_said() -> None:
    story = [posted("v1", "p1", "p2"), decided("p1", "rejected"), stocked("p2", 0), stocked("p2", 3, at=30)]
    plain, traced = Simulation(), Traced()
    for simulation in (plain, traced):
        simulation.tell(*story)
    for topic in ("video-status-changes", "video-status", "stock-by-creator", "stock-subscriptions"):
        assert [json.loads(record.value or b"") for record in plain.out(topic)] == [
            json.loads(record.value or b"") for record in traced.out(topic)
        ]
        assert not [name for record in plain.out(topic) for name, _ in record.headers if "trace" in name]
