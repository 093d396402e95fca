"""What the records carry: events as pydantic models, and bytes to events.

`decode` reads a record's value, `TOPICS` says which topic carries what, `schemas/json` holds the same as
JSON Schema. Nothing here knows of Kafka or Faust. Source of the rules: contract, "Events in", "Events out".
"""

from schemas.decode import InvalidEvent, decode
from schemas.registry import TOPICS

__all__ = ["TOPICS", "InvalidEvent", "decode"]
