"""OpenTelemetry is set up by its own variables, and not even imported while it is off."""

import subprocess
import sys

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SpanExporter

from streams.settings import Settings, WrongSetting
from streams.topics import Topics
from streams.tracing import provider
from streams.tracing.seam import Off, tracing


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OTEL_TRACES_EXPORTER", "OTEL_SERVICE_NAME", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        monkeypatch.delenv(name, raising=False)


def exporters(monkeypatch: pytest.MonkeyPatch) -> list[SpanExporter]:
    """What the provider would export with."""
    made: list[SpanExporter] = []
    monkeypatch.setattr(provider, "BatchSpanProcessor", made.append)
    monkeypatch.setattr(TracerProvider, "add_span_processor", lambda self, processor: None)
    provider.provider()
    return made


def test_otlp_over_http_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [type(exporter) for exporter in exporters(monkeypatch)] == [OTLPSpanExporter]


@pytest.mark.parametrize(
    ("named", "kinds"),
    [
        ("none", []),
        ("console", [ConsoleSpanExporter]),
        ("otlp, console", [OTLPSpanExporter, ConsoleSpanExporter]),
    ],
)
def test_exporters_are_named(named: str, kinds: list[type], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", named)
    assert [type(exporter) for exporter in exporters(monkeypatch)] == kinds


@pytest.mark.parametrize(
    ("name", "value"), [("OTEL_TRACES_EXPORTER", "zipkin"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]
)
def test_what_is_not_installed_refuses_to_start(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSetting, match=f"{name}={value}"):
        provider.provider()


@pytest.mark.parametrize(("named", "known"), [(None, "link-status"), ("shop", "shop")])
def test_the_service_has_a_name(named: str | None, known: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    if named is not None:
        monkeypatch.setenv("OTEL_SERVICE_NAME", named)
    assert provider.provider().resource.attributes["service.name"] == known


def test_off_unless_asked_for() -> None:
    assert isinstance(tracing(Settings(), Topics.load("")), Off)


def test_on_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "streams.tracing.provider", None)
    with pytest.raises(WrongSetting, match=r"LINK_STATUS_TRACING=on.*product-link-status\[tracing\]"):
        tracing(Settings(tracing="on"), Topics.load(""))


def test_off_imports_nothing_of_it() -> None:
    program = (
        "import sys, streams.worker\n"
        "from streams.settings import Settings\n"
        "from streams.topics import Topics\n"
        "from streams.tracing.seam import tracing\n"
        "tracing(Settings(), Topics.load(''))\n"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode == 0
