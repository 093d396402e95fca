"""What all events have in common. Source of the rules: contract, "Events in"."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, core_schema

from schemas.timestamps import Timestamp

Id = Annotated[
    str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\u0000-\u001f\u007f-\u009f]+$")
]
"""1 to 128 characters, none of them a control character (C0, C1, DEL)."""

INT64_MAX: Final = 2**63 - 1

Count = Annotated[int, Field(ge=0, le=INT64_MAX)]
"""An integer that is not negative and fits in 64 bits, signed."""


class NullMeans:
    """Annotation for an optional field with a default: null stands for it, as if the field were absent."""

    def __init__(self, default: object) -> None:
        self._default = default

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        # Left to right, so that Python is called for null only: links are read by the dozen.
        null = core_schema.no_info_after_validator_function(
            lambda _: self._default, core_schema.none_schema()
        )
        return core_schema.union_schema(
            [handler(source), null],
            mode="left_to_right",
            custom_error_type="not_allowed",
            custom_error_message="Input is none of the allowed values",
        )


class Model(BaseModel):
    """Frozen, and strict: no value is converted. Unknown fields are ignored."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class Event(Model):
    """What one record carries."""


class Fact(Event):
    """An event that tells what happened. Facts are ordered by `(occurred_at, event_id)`."""

    event_id: Id
    """Unique for each fact. The same event again changes nothing."""

    occurred_at: Timestamp
    """When it happened: of two facts about the same thing the later stands."""


class Position(Model):
    """Where a source record stands; `topic` is the full name, prefix included."""

    topic: str
    """The full name, prefix included."""

    partition: Count
    offset: Count
