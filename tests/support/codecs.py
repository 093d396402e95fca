"""How the tables are stored."""

from typing import Any

from streams.runtime.table import Codec
from streams.topics import Topics
from streams.topology import steps

TABLES = [table for spec in steps(Topics.load(""), 1) for table in spec.tables]

CODECS: dict[str, Codec[Any]] = {table.name: table.codec for table in TABLES}
"""By the names of the tables."""
