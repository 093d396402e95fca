"""The frame that schema registries' serializers put before a value: a magic byte and the schema's id.

On input it is taken off, whatever the id: our own models say what a record must be. JSON never begins with
the magic byte. Source: Confluent Schema Registry, "Wire format".
"""

from typing import Final

MAGIC: Final = 0
FRAME_BYTES: Final = 5


def unframed(value: bytes) -> bytes:
    """A value of ours without its frame, if it has one."""
    return value[FRAME_BYTES:] if value[0] == MAGIC else value


def frame(schema_id: int) -> bytes:
    """What goes before a value whose schema the registry knows as `schema_id`."""
    return bytes([MAGIC]) + schema_id.to_bytes(FRAME_BYTES - 1, "big")
