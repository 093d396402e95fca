"""The examples in `schemas/examples`, and JSON Schema to hold records against."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator

from schemas import TOPICS, export
from schemas.registry import HEADERS
from streams.runtime.records import Headers

EXAMPLES = Path(export.__file__).parent / "examples"
VALID = sorted(path for topic in TOPICS for path in (EXAMPLES / topic).iterdir())
INVALID = sorted((EXAMPLES / "invalid").glob("*/*"))
HEADER_SETS = sorted((EXAMPLES / "dead-letters").iterdir())


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@cache
def validator(file: str) -> Draft202012Validator:
    """Of an exported file, `TOPIC.v1` or `TOPIC.headers.v1`."""
    schema = json.loads((export.DIRECTORY / f"{file}.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def value_validator(topic: str) -> Draft202012Validator:
    return validator(f"{topic}.v{TOPICS[topic].version}")


def header_validator(topic: str) -> Draft202012Validator:
    assert topic in HEADERS
    return validator(f"{topic}.headers.v{export.HEADER_VERSION}")


def decoded(headers: Headers) -> Mapping[str, str]:
    """Headers as the schemas describe them."""
    return {name: value.decode() for name, value in headers if value is not None}
