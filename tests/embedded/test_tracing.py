"""A worker that traces, with a collector of spans and without one."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from demo.brokers.embedded import Embedded
from tests.kafka.cluster import Cluster, wait_for
from tests.support.events import decided, posted

TRACE = bytes(15) + b"\x07"
PARENT = f"00-{TRACE.hex()}-{7:016x}-01"


class Collector(ThreadingHTTPServer):
    """Takes spans by OTLP over HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.spans: list[Span] = []
        self.services: set[str] = set()
        self.endpoint = f"http://127.0.0.1:{self.server_port}"

    def take(self, request: ExportTraceServiceRequest) -> None:
        for of_resource in request.resource_spans:
            names = {each.key: each.value.string_value for each in of_resource.resource.attributes}
            self.services.add(names["service.name"])
            self.spans += [span for scope in of_resource.scope_spans for span in scope.spans]


class _Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        request = ExportTraceServiceRequest()
        assert self.headers["Content-Encoding"] in (None, "identity")
        request.ParseFromString(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.take(request)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return None


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector on this machine."""
    with Collector() as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server
        server.shutdown()
        serving.join()


def traced(broker: Embedded, prefix: str, directory: Path, endpoint: str) -> Cluster:
    return Cluster(
        broker.bootstrap,
        prefix,
        directory,
        LINK_STATUS_TRACING="on",
        OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
        OTEL_BSP_SCHEDULE_DELAY="100",
    )


def test_a_trace_goes_through_a_worker(
    embedded: Embedded, prefix: str, tmp_path: Path, collector: Collector
) -> None:
    with traced(embedded, prefix, tmp_path, collector.endpoint) as cluster:
        worker = cluster.worker().until_ready()
        cluster.produce([("video-links", "c1", posted("v1", "p1"))])
        cluster.settle()
        cluster.produce(
            [("seller-decisions", "c1", decided("p1", "rejected"))], headers={"traceparent": PARENT}
        )
        cluster.settle()
        change = cluster.read("video-status-changes")[-1]
        sent = (change.headers["traceparent"] or b"").decode().split("-")
        assert sent[1] == TRACE.hex()
        wait_for(lambda: sent[2] in {span.span_id.hex() for span in collector.spans}, "no span of the change")
        [batch] = [span for span in collector.spans for link in span.links if link.trace_id == TRACE]
        assert batch.name == "process links"
        assert collector.services == {"link-status"}
        worker.stop()
        assert "Traceback" not in worker.log.read_text()


def test_a_collector_that_is_away_holds_up_nothing(embedded: Embedded, prefix: str, tmp_path: Path) -> None:
    with traced(embedded, prefix, tmp_path, "http://127.0.0.1:9") as cluster:
        worker = cluster.worker().until_ready()
        cluster.produce([("video-links", "c1", posted("v1", "p1"))])
        cluster.settle()
        assert cluster.changes()["v1"]
        assert worker.stop() < 10
