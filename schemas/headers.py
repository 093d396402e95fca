"""Headers of the records that we publish. Source: contract, "Events out"; CloudEvents 1.0, Kafka binding."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from schemas.base import Id, Model
from schemas.timestamps import Instant

Code = Literal["invalid_json", "invalid_event", "unknown_type", "links_are_immutable", "too_large"]
"""Why a record is a dead letter."""

_Number = Annotated[str, StringConstraints(pattern=r"^[0-9]+$")]


class CloudEventHeaders(Model):
    """CloudEvents 1.0 in Kafka's binary mode; the subject is the video, the record's key."""

    model_config = ConfigDict(validate_by_name=False, validate_by_alias=True)

    specversion: Literal["1.0"] = Field(alias="ce_specversion")
    id: str = Field(alias="ce_id", min_length=1)
    source: Literal["/link-status"] = Field(alias="ce_source")
    subject: Id = Field(alias="ce_subject")
    time: Instant = Field(alias="ce_time")
    content_type: Literal["application/json"] = Field(alias="content-type")


class ChangeHeaders(CloudEventHeaders):
    """Of video-status-changes: the id and time are the event's own, so a repeated change has the same."""

    type: Literal["video_status_changed"] = Field(alias="ce_type")


class StatusHeaders(CloudEventHeaders):
    """Of video-status, tombstones too: the id is the video and its version, the time that of publishing."""

    type: Literal["video_status"] = Field(alias="ce_type")


class DeadLetterHeaders(Model):
    """Of dead-letters, beside the headers that the record had; CloudEvents headers of its own stand."""

    model_config = ConfigDict(validate_by_name=False, validate_by_alias=True)

    topic: str = Field(alias="__streams.errors.topic", min_length=1)
    partition: _Number = Field(alias="__streams.errors.partition")
    offset: _Number = Field(alias="__streams.errors.offset")
    exception: Code = Field(alias="__streams.errors.exception")
    message: str = Field(alias="__streams.errors.message", min_length=1)
    specversion: str = Field(alias="ce_specversion")
    id: str = Field(alias="ce_id")
    type: str = Field(alias="ce_type")
    source: str = Field(alias="ce_source")
    subject: str = Field(alias="ce_subject")
    time: str = Field(alias="ce_time")
    content_type: str = Field(alias="content-type")
