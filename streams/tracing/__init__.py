"""OpenTelemetry: the trace of a record goes on in the records that it causes (docs/tracing.md)."""
