"""How the tables are stored, by their names."""

from typing import Any

from streams.runtime.table import Codec
from streams.topics import Topics
from streams.topology import steps

CODECS: dict[str, Codec[Any]] = {
    table.name: table.codec for spec in steps(Topics.load(""), 1) for table in spec.tables
}
