"""OpenTelemetry's SDK, set up by the variables that its specification names (OTEL_*)."""

import os
from importlib.metadata import entry_points
from typing import cast

from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from streams.settings import WrongSetting

_EXPORTERS = "OTEL_TRACES_EXPORTER"
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


def provider() -> TracerProvider:
    """Sampler, limits, resource and exporters as the environment says. Raises WrongSetting."""
    # The SDK would end itself at exit, for as long as a collector that is away lets it wait.
    made = TracerProvider(resource=_resource(), shutdown_on_exit=False)
    for name in os.environ.get(_EXPORTERS, "otlp").split(","):
        if name.strip() not in ("none", ""):
            made.add_span_processor(BatchSpanProcessor(_exporter(name.strip())))
    return made


def _resource() -> Resource:
    # A name from the environment (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES) comes before ours.
    given = OTELResourceDetector().detect()
    return Resource.create({SERVICE_NAME: "link-status", **given.attributes})


def _exporter(name: str) -> SpanExporter:
    """An exporter by the name that its package registers. Raises WrongSetting."""
    setting, known = f"{_EXPORTERS}={name}", name
    if name == "otlp":
        setting, protocol = _protocol()
        known = f"otlp_proto_{protocol.removesuffix('/protobuf')}"
    for found in entry_points(group="opentelemetry_traces_exporter", name=known):
        return cast(SpanExporter, found.load()())
    raise WrongSetting(f"{setting}: no exporter of this name is installed")


def _protocol() -> tuple[str, str]:
    """OTLP's protocol, and the setting that says so."""
    for name in _PROTOCOLS:
        if os.environ.get(name):
            return f"{name}={os.environ[name]}", os.environ[name]
    return f"{_EXPORTERS}=otlp", "http/protobuf"
