"""Headers of the records that we publish. Source: contract, "Events out"; CloudEvents 1.0, Kafka binding."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from schemas.base import Id, Model
from schemas.timestamps import Instant

Code = Literal["invalid_json", "invalid_event", "unknown_type", "links_are_immutable", "too_large"]
"""Why a record is a dead letter."""

_Number = Annotated[str, StringConstraints(pattern=r"^[0-9]+$")]


class Headers(Model):
    """Header names are no Python names, so they are aliases."""

    model_config = ConfigDict(validate_by_name=False, validate_by_alias=True)


class CloudEventHeaders(Headers):
    """CloudEvents 1.0 in Kafka's binary mode."""

    specversion: Literal["1.0"] = Field(alias="ce_specversion")
    id: str = Field(alias="ce_id", min_length=1)
    """The same when the same is published again."""

    source: Literal["/link-status"] = Field(alias="ce_source")
    subject: Id = Field(alias="ce_subject")
    """The video, which is also the key."""

    time: Instant = Field(alias="ce_time")
    content_type: Literal["application/json"] = Field(alias="content-type")
    traceparent: str | None = None
    """Where tracing is on: the trace that this is part of, as W3C Trace Context writes it."""

    tracestate: str | None = None
    """The same of that trace's vendors."""


class ChangeHeaders(CloudEventHeaders):
    """Of video-status-changes: id and time are the `event_id` and `occurred_at` of the change."""

    type: Literal["video_status_changed"] = Field(alias="ce_type")


class StatusHeaders(CloudEventHeaders):
    """Of video-status, tombstones too: the time is `updated_at`."""

    type: Literal["video_status"] = Field(alias="ce_type")


class DeadLetterHeaders(Headers):
    """Of dead-letters, beside the headers that the record had: where those are CloudEvents', they stand."""

    topic: str = Field(alias="__streams.errors.topic", min_length=1)
    """Where the record stood: full name, prefix included."""

    partition: _Number = Field(alias="__streams.errors.partition")
    offset: _Number = Field(alias="__streams.errors.offset")
    exception: Code = Field(alias="__streams.errors.exception")
    """Why it could not be processed; these codes are stable."""

    message: str = Field(alias="__streams.errors.message", min_length=1)
    """The same for people, with the field."""

    specversion: str = Field(alias="ce_specversion")
    id: str = Field(alias="ce_id")
    type: str = Field(alias="ce_type")
    source: str = Field(alias="ce_source")
    subject: str = Field(alias="ce_subject")
    time: str = Field(alias="ce_time")
    content_type: str = Field(alias="content-type")
